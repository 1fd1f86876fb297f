-- Forgets dead letters: subscription, 'all' or 'some', positions. Returns how many.
local subscription, which = take(), take()
local letters, redeliver = P .. 'dead:' .. subscription, P .. 'redeliver:' .. subscription
local found = {}
if which == 'all' then
  found = call('ZRANGE', letters, 0, -1)
else
  for i = cursor + 1, #ARGV do
    local letter = call('ZRANGEBYSCORE', letters, ARGV[i], ARGV[i])[1]
    if letter then found[#found + 1] = letter end
  end
end
local counts = {}
for _, letter in ipairs(found) do
  count(counts, letter, -1)
  call('SREM', redeliver, digits(position(letter)))
  call('ZREM', letters, letter)
end
apply(counts)
if #found > 0 then call('HINCRBY', META, 'dead', -#found) end
if call('SCARD', redeliver) == 0 then call('SREM', REDELIVERING, subscription) end
return #found
