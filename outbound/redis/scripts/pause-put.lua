-- Keeps an adapter's pause: adapter, pause.
call('HSET', P .. 'pauses', ARGV[1], ARGV[2])
