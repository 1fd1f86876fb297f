-- Asks for dead letters to be queued again: random, subscription, 'all' or
-- 'some', positions. Returns how many.
local random, subscription, which = take(), take(), take()
local letters, redeliver = P .. 'dead:' .. subscription, P .. 'redeliver:' .. subscription
local found = {}
if which == 'all' then
  for _, letter in ipairs(call('ZRANGE', letters, 0, -1)) do found[#found + 1] = digits(position(letter)) end
else
  for i = cursor + 1, #ARGV do
    if call('ZCOUNT', letters, ARGV[i], ARGV[i]) > 0 then found[#found + 1] = ARGV[i] end
  end
end
if #found > 0 then
  spread('SADD', redeliver, found, 1, #found)
  call('SADD', REDELIVERING, subscription)
end
call('HSET', META, 'epoch', token(random))
return #found
