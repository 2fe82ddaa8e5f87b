// What scripts that were written as Node.js modules need. Network servers have none of it, and scripts that ask
// (`typeof module`) take another way with it: it is made only for those that cannot do without.
(function (global) {
  const made = { exports: {} };
  const around = {
    module: made,
    exports: made.exports,
    require: function (name) {
      if (/^(?:node:)?buffer\/?$/.test(name)) return { Buffer: global.Buffer };
      throw new Error("a formatter has no module " + name);
    },
  };
  for (const name of Object.keys(around)) { // may be declared anew by the script: configurable
    Object.defineProperty(global, name, { value: around[name], writable: true, configurable: true });
  }
})(globalThis);
