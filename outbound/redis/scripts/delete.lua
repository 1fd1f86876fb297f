-- Removes a subscription: random, id. Returns whether it was there. It writes
-- something in any case, for WAIT to confirm.
local key = P .. 'subscription:' .. ARGV[2]
local stored = call('HMGET', key, 'tenant', 'likeness')
if not stored[1] then
  call('HINCRBY', META, 'touched', 1)
  return 0
end
call('DEL', key)
call('SREM', P .. 'subscriptions:active', ARGV[2])
call('SREM', P .. 'subscriptions:tenant:' .. stored[1], ARGV[2])
if call('HGET', P .. 'subscriptions:likeness', stored[2]) == ARGV[2] then
  call('HDEL', P .. 'subscriptions:likeness', stored[2])
end
call('HSET', META, 'epoch', token(ARGV[1]))
return 1
