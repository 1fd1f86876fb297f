-- Sets what is used to what was counted: tenant, the version that was counted
-- under, and how much of each.
local tenant, expected = take(), take()
local _, _, version, held = account(tenant, false)
if version ~= expected then
  return redis.error_reply('STALE what the tenant has was changed')
end
if held > 0 then
  return redis.error_reply('STALE some of what the tenant has is reserved')
end
call('HSET', QUOTA .. tenant, 'used', spaced({unpack(ARGV, cursor + 1)}))
