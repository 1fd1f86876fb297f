-- Ends a subscription's waiting for replicas: id, version, whether they have
-- confirmed it. If not, the same request may complete it at once.
local key = P .. 'subscription:' .. ARGV[1]
local stored = call('HMGET', key, 'version', 'pending')
if stored[1] ~= ARGV[2] or not stored[2] then return end
if ARGV[3] == '1' then
  call('HDEL', key, 'pending')
else
  call('HSET', key, 'pending', string.match(stored[2], '^%a+') .. ' 0')
end
