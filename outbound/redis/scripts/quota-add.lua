-- Adds to what is used, without asking: tenant, random, and how much of each.
local tenant, random = take(), take()
local used, reserved = account(tenant, true)
tally(tenant, plus(used, {unpack(ARGV, cursor + 1)}, 1), reserved, random)
