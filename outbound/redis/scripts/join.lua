-- Keeps a member alive and shares partitions out: member, milliseconds, random,
-- how many partitions there are.
local member, ttl, random, partitions = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local MEMBERS, FENCES, HOLDERS = P .. 'members', P .. 'partitions', P .. 'partitions:members'
local now = millis()
call('ZREMRANGEBYSCORE', MEMBERS, '-inf', digits(now))
local was_there = call('ZSCORE', MEMBERS, member)
call('ZADD', MEMBERS, digits(now + ttl), member)

local alive = {}
for _, name in ipairs(call('ZRANGE', MEMBERS, 0, -1)) do alive[name] = true end
-- A membership that was over is a new one: what it held is free.
alive[member] = was_there and true or false
local holders, held = {}, 0
local all = call('HGETALL', HOLDERS)
for i = 1, #all, 2 do
  if alive[all[i + 1]] then
    holders[tonumber(all[i])] = all[i + 1]
    if all[i + 1] == member then held = held + 1 end
  else
    call('HDEL', HOLDERS, all[i])
    call('HDEL', FENCES, all[i])
  end
end

local members = call('ZCARD', MEMBERS)
local fair = math.ceil(partitions / members)
local excess = math.max(0, held - fair)
local mine = {}
for p = 0, partitions - 1 do
  if not holders[p] and held < fair then
    call('HSET', FENCES, p, token(random))
    call('HSET', HOLDERS, p, member)
    holders[p] = member
    held = held + 1
  end
  if holders[p] == member then
    mine[#mine + 1] = p
    mine[#mine + 1] = call('HGET', FENCES, p)
  end
end
return {members, excess, mine}
