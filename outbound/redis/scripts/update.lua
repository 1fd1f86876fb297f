-- Replaces a subscription: random, how long replicas may take in milliseconds,
-- id, tenant, likeness, version, data, and fields.
local random, wait, id, tenant, likeness = take(), tonumber(take()), take(), take(), take()
local version, data = tonumber(take()), take()
local key, like = P .. 'subscription:' .. id, P .. 'subscriptions:likeness'
local stored = call('HMGET', key, 'version', 'likeness', 'data', 'pending', 'tenant')
if not stored[1] then return redis.error_reply('NOTFOUND there is no subscription ' .. id) end
local again = stored[4] and tonumber(stored[1]) == version and stored[3] == data
if not again then
  if tonumber(stored[1]) + 1 ~= version then return {'conflict'} end
  local other = call('HGET', like, likeness)
  if other and other ~= id then return {'duplicate', other} end
  call('HDEL', like, stored[2])
  call('HSET', like, likeness, id)
  call('SREM', P .. 'subscriptions:tenant:' .. stored[5], id)
  call('SADD', P .. 'subscriptions:tenant:' .. tenant, id)
  call('HSET', key, 'likeness', likeness, unpack(ARGV, cursor + 1))
end
if wait > 0 then call('HSET', key, 'pending', 'update ' .. digits(millis() + wait)) end
call('HSET', META, 'epoch', token(random))
return {'stored'}
