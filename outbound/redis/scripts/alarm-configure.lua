-- Keeps the alarm service's configuration: the version that it is based on, JSON.
-- Returns whether that was done, the version, and the JSON. It writes something in
-- any case, for WAIT to confirm.
local key = P .. 'alarms:configuration'
local is = call('HMGET', key, 'version', 'json')
local version = is[1] or '0'
if is[2] ~= ARGV[2] then
  if version ~= ARGV[1] then return {0, version, is[2] or ''} end
  version = digits(call('HINCRBY', META, 'alarms', 1))
  call('HSET', key, 'version', version, 'json', ARGV[2])
else
  call('HINCRBY', META, 'touched', 1)
end
return {1, version, ARGV[2]}
