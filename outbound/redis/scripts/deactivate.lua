-- Ends a subscription: fence, epoch, sequence, subscription, partition, the name
-- for its queue, the name for its dead letters.
local refused = guard(take(), take(), take())
if refused then return refused end
local subscription, partition, queued, dead = take(), take(), take(), take()
if call('HDEL', ACTIVATIONS, subscription) == 0 then return 0 end
part(subscription, 0, queued)
local letters = P .. 'dead:' .. subscription
local n = call('ZCARD', letters)
if n > 0 then
  call('RENAME', letters, dead)
  call('SADD', DISCARDS, dead)
  call('HINCRBY', META, 'dead', -n)
end
call('DEL', P .. 'delivery:' .. subscription, P .. 'redeliver:' .. subscription)
call('SREM', REDELIVERING, subscription)
call('SREM', RETRYING, subscription)
file(subscription, partition)
return 1
