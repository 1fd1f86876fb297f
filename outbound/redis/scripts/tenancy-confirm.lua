-- Ends a record's waiting for replicas: name, the random of its writing, whether
-- they have confirmed it. If not, the same may be completed at once.
local pending = call('HGET', UNCONFIRMED, ARGV[1])
if not pending or string.match(pending, '%S+$') ~= ARGV[2] then return end
if ARGV[3] == '1' then
  call('HDEL', UNCONFIRMED, ARGV[1])
else
  call('HSET', UNCONFIRMED, ARGV[1], '0 ' .. ARGV[2])
end
