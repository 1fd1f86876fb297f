-- Gives the store a new incarnation: incarnation, random. Whoever leads is fenced.
call('HSET', META, 'incarnation', ARGV[1], 'fence', token(ARGV[2]), 'epoch', token(ARGV[2]))
