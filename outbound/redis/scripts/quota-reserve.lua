-- Reserves amounts: tenant, random, for how long in milliseconds, how many kinds
-- of amounts there are, what is wanted of each, and the limits. Returns the
-- reservation, or which limit leaves no room, from 1, and what is in use of it.
local tenant, random, hold, kinds = take(), take(), take(), tonumber(take())
local wanted, used, reserved = {}, account(tenant, true)
for i = 1, kinds do
  wanted[i] = tonumber(ARGV[cursor + i])
  local limit = tonumber(ARGV[cursor + kinds + i])
  local have = (used[i] or 0) + (reserved[i] or 0)
  if wanted[i] > 0 and limit ~= -1 and have + wanted[i] > limit then return {i, digits(have)} end
  wanted[i] = math.max(wanted[i], 0)
end
-- Its name says for how long it is to be remembered once it has been settled.
local reservation = token(random) .. ':' .. hold
call('HSET', RESERVATIONS .. tenant, reservation, spaced(wanted))
call('ZADD', ENDS .. tenant, digits(millis() + hold), reservation)
tally(tenant, used, plus(reserved, wanted, 1), random)
return reservation
