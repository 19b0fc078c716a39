-- What wrk asks and what it tells. With a file as its argument, the paths in it are asked in turn.

function init(arguments)
  local file = arguments[1]
  if not file then
    return
  end
  local made, requests, turn = {}, {}, 0
  for path in io.lines(file) do
    made[path] = made[path] or wrk.format(nil, path)
    requests[#requests + 1] = made[path]
  end
  function request()
    turn = turn % #requests + 1
    return requests[turn]
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "errors": %d, "p50": %d, "p99": %d}\n', summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
