-- Stores a record of tenancy: random, how long replicas may take in milliseconds,
-- name, version, data.
local random, wait, name, version, data = take(), tonumber(take()), take(), take(), take()
local stored, pending = call('HGET', TENANCY, name), call('HGET', UNCONFIRMED, name)
local value = version .. ' ' .. data
if pending and stored == value then
  -- Its first caller may still be waiting for replicas.
  if tonumber(string.match(pending, '^%d+')) > millis() then return 'busy' end
else
  local before = stored and tonumber(string.match(stored, '^%d+'))
  if version == '1' then
    if stored then return 'exists' end
  elseif not stored then
    return redis.error_reply('NOTFOUND there is no such record')
  elseif before + 1 ~= tonumber(version) then
    return 'conflict'
  end
  call('HSET', TENANCY, name, value)
end
if wait > 0 then
  call('HSET', UNCONFIRMED, name, digits(millis() + wait) .. ' ' .. random)
else
  call('HDEL', UNCONFIRMED, name)
end
call('HSET', META, 'tenancy', token(random))
return 'stored'
