-- Has wrk send ready-made requests, one after the other, from a file: `wrk -s requests.lua ORIGIN -- FILE`.
-- Each request stands there as a line with its length in bytes, then the request itself.

local requests, turn = {}, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  for length in file:lines() do
    requests[#requests + 1] = file:read(tonumber(length))
  end
  file:close()
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
