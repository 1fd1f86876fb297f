-- Makes the caller the leader: schema, a new incarnation, random.
prepare(ARGV[1], ARGV[2], ARGV[3])
call('HSET', META, 'fence', token(ARGV[3]))
return call('HMGET', META, 'fence', 'epoch', 'sequence')
