-- Takes tokens: name of the bucket, tokens a second, burst, how many are wanted.
-- Returns how many were had, how many are left, and after how many microseconds
-- there is one.
--
-- The bucket had 'base' microtokens at the microsecond 'at', less those taken
-- since. Both stay as they are while the rate does, so that no roundings add up.
local bucket, rate, burst, want = P .. 'rate:' .. take(), take(), take(), tonumber(take())
local t = call('TIME')
local now = t[1] * 1000000 + t[2]
local b = call('HMGET', bucket, 'base', 'at', 'rate', 'burst')
local base, at = tonumber(b[1] or burst * 1000000), tonumber(b[2] or now)
local full = burst * 1000000
-- A token a second is a microtoken a microsecond.
local level = math.min(math.floor(base + (now - at) * tonumber(b[3] or rate)), tonumber(b[4] or burst) * 1000000)
if level < 0 or level >= full or b[3] ~= rate or b[4] ~= burst then
  -- Below zero is where another server's clock, which is behind, would have it.
  base, at = math.max(0, math.min(level, full)), now
  level = base
end
local got = math.max(0, math.min(want, math.floor(level / 1000000)))
base, level, rate = base - got * 1000000, level - got * 1000000, tonumber(rate)
local forever = 365 * 86400 * 1000000
local function after(missing) return rate > 0 and math.min(math.ceil(missing / rate), forever) or forever end
if level >= full then
  call('DEL', bucket)
else
  call('HSET', bucket, 'base', digits(base), 'at', digits(at), 'rate', ARGV[2], 'burst', ARGV[3])
  call('PEXPIRE', bucket, digits(math.ceil(after(full - level) / 1000)))
end
local wait = 0
if got == 0 and level < 1000000 then wait = math.max(1, after(1000000 - level)) end
return {got, digits(math.floor(level / 1000000)), digits(wait)}
