// Runs one Lambda function: asks Stepwright's Runtime API for events, calls the handler, posts the results.
//
// Shapes and error names are those of AWS's Node.js runtime, so that Retry and Catch behave as they do on AWS. It is fed
// to Node.js on standard input, which is why its own frames carry the file name "[stdin]".
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const nodeModule = require("node:module");
const path = require("node:path");
const util = require("node:util");
const { pathToFileURL } = require("node:url");

const env = process.env;
const TASK_ROOT = env.LAMBDA_TASK_ROOT;
const [HOST, PORT] = env.AWS_LAMBDA_RUNTIME_API.split(":");
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
// Its idle connection does not count as work, so that `beforeExit` tells when a function has nothing left to do.
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

/** A failure that has a name of Lambda's own. */
class Fault extends Error {
  constructor(name, message, trace = []) {
    super(deployed(String(message)));
    this.name = `Runtime.${name}`;
    this.stack = [`${this.name}: ${this.message}`, ...trace].join("\n");
  }
}

/** Where files of the function would be on Lambda. */
function deployed(text) {
  const runtime = text.replaceAll(path.join(process.cwd(), "[stdin]"), "/var/runtime/index.mjs");
  return runtime.replaceAll(TASK_ROOT, "/var/task");
}

/** Any thrown value as the error object of the Runtime API, without the frames of this file. */
function errorObject(error) {
  try {
    const like = error && [error.name, error.message, error.stack].every((part) => part && typeof part === "string");
    if (!util.types.isNativeError(error) && !like) {
      return { errorType: typeof error, errorMessage: String(error), trace: [] };
    }
    const lines = deployed(String(error.stack)).split("\n");
    const trace = lines.filter((line) => !/^\s+at .*\[stdin\]:\d+/.test(line));
    return { errorType: error.name, errorMessage: error.message, trace };
  } catch {
    const problem = "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack";
    return { errorType: "handled", errorMessage: problem };
  }
}

/** One request; the response's headers and body. Losing the Runtime API means that nobody is left to work for. */
function request(method, route, body, headers = {}) {
  const options = { host: HOST, port: PORT, agent, method, path: `/2018-06-01/runtime/${route}`, headers };
  return new Promise((resolve) => {
    const gone = () => process.exit(0);
    const sent = http.request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
      response.on("error", gone);
    });
    sent.on("error", gone);
    sent.end(body);
  });
}

function post(route, payload, headers = {}) {
  const body = Buffer.from(payload);
  return request("POST", route, body, { "Content-Type": "application/json", "Content-Length": body.length, ...headers });
}

function postError(route, error) {
  const failure = errorObject(error);
  // Header values are Latin-1; an error may be named in any script.
  const name = String(failure.errorType).replace(/[^\x20-\x7e]/g, "?");
  return post(route, JSON.stringify(failure), { "Lambda-Runtime-Function-Error-Type": name });
}

let requestId;

/** Gives the console the line format that it has on Lambda. */
function setUpConsole() {
  // Else what is not read yet piles up in memory, and is lost when the process exits.
  for (const stream of [process.stdout, process.stderr]) stream._handle?.setBlocking?.(true);
  const levels = { log: "INFO", debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR", trace: "TRACE" };
  for (const [method, level] of Object.entries(levels)) {
    console[method] = (...values) => {
      const text = util.format(...values);
      process.stdout.write(`${new Date().toISOString()}\t${requestId}\t${level}\t${text}\n`);
    };
  }
}

/** `import` of CommonJS and ES modules alike finds what stands in NODE_PATH: the AWS SDK, layers, installed packages. */
function setUpImport() {
  const folders = (env.NODE_PATH || "").split(path.delimiter).filter((folder) => path.basename(folder) === "node_modules");
  if (folders.length === 0 || !nodeModule.register) return;
  const parents = folders.map((folder) => pathToFileURL(path.join(path.dirname(folder), "index.js")).href);
  const hooks = `export async function resolve(specifier, context, next) {
    try {
      return await next(specifier, context);
    } catch (error) {
      if (error.code !== "ERR_MODULE_NOT_FOUND" || /^[./]|^[a-z]+:/i.test(specifier)) throw error;
      for (const parentURL of ${JSON.stringify(parents)}) {
        try {
          return await next(specifier, { ...context, parentURL });
        } catch {}
      }
      throw error;
    }
  }`;
  nodeModule.register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}

/** Whether Node.js takes `.js` files of a folder as ES modules: the nearest package.json says so. */
function isModuleFolder(folder) {
  if (path.basename(folder) === "node_modules") return false;
  const file = path.join(folder, "package.json");
  if (fs.existsSync(file)) {
    try {
      return JSON.parse(fs.readFileSync(file, "utf8")).type === "module";
    } catch {
      return false;
    }
  }
  const parent = path.dirname(folder);
  return parent !== folder && isModuleFolder(parent);
}

async function loadModule(folder, name) {
  const file = path.resolve(TASK_ROOT, folder, name);
  const imported = (extension) => import(pathToFileURL(file + extension).href);
  if (fs.existsSync(file)) return require(file);
  if (fs.existsSync(`${file}.js`)) return isModuleFolder(path.dirname(file)) ? imported(".js") : require(`${file}.js`);
  if (fs.existsSync(`${file}.mjs`)) return imported(".mjs");
  if (fs.existsSync(`${file}.cjs`)) return require(`${file}.cjs`);
  return require(require.resolve(name, { paths: [TASK_ROOT, path.resolve(TASK_ROOT, folder)] }));
}

async function loadHandler(name) {
  if (name.includes("..")) {
    const help = "Use absolute paths when specifying root directories in handler names.";
    throw new Fault("MalformedHandlerName", `'${name}' is not a valid handler name. ${help}`);
  }
  const base = path.basename(name);
  const [file, ...members] = base.split(".");
  if (members.length === 0) throw new Fault("MalformedHandlerName", "Bad handler");
  let found;
  try {
    found = await loadModule(name.slice(0, name.length - base.length), file);
  } catch (error) {
    if (error instanceof SyntaxError) {
      // The lines before the message show the place.
      const lines = deployed(String(error.stack)).split("\n");
      const place = lines.slice(0, Math.max(lines.findIndex((line) => line.startsWith("SyntaxError")), 0));
      throw new Fault("UserCodeSyntaxError", error, place);
    }
    if (error?.code === "MODULE_NOT_FOUND") throw new Fault("ImportModuleError", error);
    if (error?.code === "ERR_MODULE_NOT_FOUND") error.message = deployed(error.message);
    throw error;
  }
  const handler = members.reduce((value, member) => value && value[member], found);
  if (!handler) throw new Fault("HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof handler !== "function") throw new Fault("HandlerNotFound", `${name} is not a function`);
  if (handler[STREAMING]) {
    throw new Fault("StreamingNotSupported", `${name} streams its response, which does not run locally: Step Functions cannot invoke it either`);
  }
  return handler;
}

/** The second argument of a handler, apart from what ends the invocation. */
function contextOf(headers) {
  const parsed = (header) => {
    const text = headers[header];
    // Header bytes are read as Latin-1.
    return text ? JSON.parse(Buffer.from(text, "latin1").toString()) : undefined;
  };
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed("lambda-runtime-client-context"),
    identity: parsed("lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function resultText(value) {
  try {
    return JSON.stringify(value) ?? "null";
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

class Runtime {
  /** What happens when the event loop runs empty. */
  whenIdle = () => {};
  /** Reports an error that no handler can catch. */
  fail = (error, code) => postError("init/error", error).then(() => process.exit(code));

  async start() {
    process.on("uncaughtException", (error) => this.fail(error, 129));
    process.on("unhandledRejection", (reason) => this.fail(new Fault("UnhandledPromiseRejection", reason, reasonTrace(reason)), 128));
    process.on("beforeExit", () => this.whenIdle());
    try {
      this.handler = await loadHandler(env._HANDLER);
    } catch (error) {
      return this.fail(error, 1);
    }
    // Rejections that nobody has handled by now belong to the load.
    await new Promise(setImmediate);
    for (;;) await this.handleOne();
  }

  async handleOne() {
    // Between invocations there is only the log to tell, and the next one gets a new process.
    this.fail = (error, code) => {
      console.error(JSON.stringify(errorObject(error)));
      process.exit(code);
    };
    const { headers, body } = await request("GET", "invocation/next");
    requestId = headers["lambda-runtime-aws-request-id"];
    const route = `invocation/${requestId}`;
    this.fail = (error, code) => postError(`${route}/error`, error).then(() => process.exit(code));
    let outcome;
    try {
      const value = await this.invoke(JSON.parse(body), contextOf(headers));
      const text = resultText(value);
      outcome = () => post(`${route}/response`, text);
    } catch (error) {
      outcome = () => postError(`${route}/error`, error);
    }
    this.whenIdle = () => {};
    await outcome();
  }

  /** Calls the handler, in whichever style it is written. */
  invoke(event, context) {
    return new Promise((resolve, reject) => {
      const failed = (error) => reject(error ?? "handled");
      const done = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
      Object.assign(context, { callbackWaitsForEmptyEventLoop: true, done, succeed: resolve, fail: failed });
      const callback = (error, result) => {
        if ((error === undefined || error === null) && context.callbackWaitsForEmptyEventLoop) {
          this.whenIdle = () => resolve(result);
        } else {
          done(error, result);
        }
      };
      const isAsync = this.handler.constructor?.name === "AsyncFunction";
      this.whenIdle = () => {
        const problem = new Error(
          "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. " +
            "For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes",
        );
        problem.name = "Runtime.NodeJsExit";
        isAsync ? reject(problem) : resolve(null);
      };
      const result = this.handler(event, context, callback);
      if (typeof result?.then === "function") result.then(resolve, failed);
    });
  }
}

function reasonTrace(reason) {
  return util.types.isNativeError(reason) ? String(reason.stack).split("\n").slice(1) : [];
}

// Without HttpResponseStream: whoever uses this is refused.
globalThis.awslambda = {
  streamifyResponse: (handler) => Object.assign(handler, { [STREAMING]: "response" }),
};
setUpConsole();
setUpImport();
new Runtime().start();
