// What a payload formatter finds around it, and the one function through which it is called.
// Formatters are scripts (sloppy mode, globals), written for The Things Stack, ChirpStack or TS013.
//
// The formatter's functions may be `const` of its script: only code at this place sees them by name.
(function () {
  const parse = JSON.parse, stringify = JSON.stringify, MAX_OUTPUT = 1048576, shim = { exports: {} };
  const quiet = function () {};
  const around = {
    module: shim,
    exports: shim.exports,
    console: { log: quiet, info: quiet, warn: quiet, error: quiet, debug: quiet, trace: quiet },
  };
  for (const name of Object.keys(around)) { // may be declared anew by the script: configurable
    Object.defineProperty(globalThis, name, { value: around[name], writable: true, configurable: true });
  }
  const stated = {
    decodeUplink: () => (typeof decodeUplink === "function" ? decodeUplink : undefined),
    Decode: () => (typeof Decode === "function" ? Decode : undefined),
    Decoder: () => (typeof Decoder === "function" ? Decoder : undefined),
  };
  const order = ["decodeUplink", "Decode", "Decoder"];

  function find() {
    for (const name of order) if (stated[name]()) return { name: name, call: stated[name]() };
    const out = shim.exports || {};
    for (const name of order) if (typeof out[name] === "function") return { name: name, call: out[name] };
    return { name: "" };
  }

  return function (text) {
    const found = find();
    if (text === "" || !found.name) return stringify({ function: found.name });
    const input = parse(text);
    const at = input.recvTime === null ? new Date() : new Date(input.recvTime);
    let result;
    if (found.name === "decodeUplink") {
      result = found.call({ bytes: input.bytes, fPort: input.fPort, recvTime: at, variables: input.variables });
    } else if (found.name === "Decode") {
      result = { data: found.call(input.fPort, input.bytes, input.variables) };
    } else {
      result = { data: found.call(input.bytes, input.fPort) };
    }
    const output = stringify({ function: found.name, result: result });
    if (output.length > MAX_OUTPUT) throw new RangeError("the output is larger than 1 MiB");
    return output;
  };
})();
