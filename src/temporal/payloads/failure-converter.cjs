/* The SDK loads this file by `require`, on every Node.js that the product runs on. So it is no ES module. */
const { DefaultFailureConverter } = require('@temporalio/common');

/** Puts messages and stack traces of failures into a payload, which the codec then encrypts. */
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
