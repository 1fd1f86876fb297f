-- Ends a reservation of which nothing was taken: tenant, random, reservation.
local tenant, random, reservation = take(), take(), take()
local used, reserved = account(tenant, true)
tally(tenant, used, unreserve(tenant, reservation, reserved), random)
