-- Prepares an empty store, and returns the incarnation: schema, a new
-- incarnation, random.
prepare(ARGV[1], ARGV[2], ARGV[3])
return call('HGET', META, 'incarnation')
