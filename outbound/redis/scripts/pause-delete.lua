-- Forgets an adapter's pause: adapter. It writes something in any case, for WAIT to
-- confirm.
call('HDEL', P .. 'pauses', ARGV[1])
call('HINCRBY', META, 'touched', 1)
