-- Lays entries aside that activate is to take: fence, epoch, sequence, name,
-- entries. Their states are kept from now on; sweep undoes it.
local refused = guard(take(), take(), take())
if refused then return refused end
local name = take()
local counts = {}
for i = cursor + 1, #ARGV do count(counts, ARGV[i], 1) end
refused = known(counts)
if refused then return refused end
call('SADD', DISCARDS, name)
spread('RPUSH', name, ARGV, cursor + 1, #ARGV)
apply(counts)
