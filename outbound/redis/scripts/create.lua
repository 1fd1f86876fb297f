-- Stores a subscription: random, how long replicas may take in milliseconds,
-- id, tenant, likeness, limits of the tenant and in all, and fields.
local random, wait, id, tenant, likeness = take(), tonumber(take()), take(), take(), take()
local per_tenant, total = tonumber(take()), tonumber(take())
local active, own = P .. 'subscriptions:active', P .. 'subscriptions:tenant:' .. tenant
local like = call('HGET', P .. 'subscriptions:likeness', likeness)
if like then
  local stored = call('HMGET', P .. 'subscription:' .. like, 'pending', 'data')
  local created = stored[1] and string.match(stored[1], '^create (%d+)$')
  if not created and like ~= id then return {'duplicate', like} end
  -- Its first caller may still be waiting for replicas.
  if created and tonumber(created) > millis() then return {'busy', like} end
  if created then call('HSET', P .. 'subscription:' .. like, 'pending', 'create ' .. digits(millis() + wait)) end
  call('HSET', META, 'epoch', token(random))
  return {'stored', stored[2]}
end
if per_tenant > 0 and call('SCARD', own) >= per_tenant then return {'tenant'} end
if total > 0 and call('SCARD', active) >= total then return {'total'} end
call('HSET', P .. 'subscription:' .. id, 'likeness', likeness, unpack(ARGV, cursor + 1))
if wait > 0 then call('HSET', P .. 'subscription:' .. id, 'pending', 'create ' .. digits(millis() + wait)) end
call('SADD', active, id)
call('SADD', own, id)
call('HSET', P .. 'subscriptions:likeness', likeness, id)
call('HSET', META, 'epoch', token(random))
return {'stored'}
