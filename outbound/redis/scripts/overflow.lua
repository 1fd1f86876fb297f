-- Drops all of a queue but what is claimed or attempted, or its first entry:
-- fence, epoch, sequence, subscription, partition, the name for what is dropped.
local refused = guard(take(), take(), take())
if refused then return refused end
local subscription, partition, dropped = take(), take(), take()
local activation = call('HGET', ACTIVATIONS, subscription)
if not activation then
  return redis.error_reply('NOTFOUND subscription ' .. subscription .. ' is not active')
end
part(subscription, math.max(claimed(subscription), 1), dropped)
call('HSET', ACTIVATIONS, subscription, '1' .. string.sub(activation, 2))
