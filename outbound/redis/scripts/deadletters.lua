-- Returns dead letters with their states: subscription, after, limit.
local letters = call('ZRANGEBYSCORE', P .. 'dead:' .. ARGV[1], '(' .. ARGV[2], '+inf', 'LIMIT', 0, ARGV[3])
local counts, asked = {}, {}
for i, letter in ipairs(letters) do
  count(counts, letter, 1)
  asked[i] = call('SISMEMBER', P .. 'redeliver:' .. ARGV[1], digits(position(letter)))
end
local sequences, found = states(counts)
return {letters, asked, sequences, found}
