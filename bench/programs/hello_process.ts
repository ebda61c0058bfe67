/** The least of a child process. */
console.log("ready");
