-- Renews the epoch: random.
call('HSET', META, 'epoch', token(ARGV[1]))
