-- A wrk script that sends recorded requests from a file in turn: `wrk -s requests.lua ORIGIN -- FILE`.
-- Each request follows a line with its length in bytes.

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
