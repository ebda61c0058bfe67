/** The names under which a receiver supplies what sent code needs; sender and receiver agree on them here. */

/** The library's namespace. */
export const LIBRARY_NAME = "csp";

/** What every `import(…)` becomes: `(specifier, options?) => Promise<namespace>`. */
export const IMPORT_NAME = "__cspImport";

/** A program's function `f` is declared under this and its name, so that the name itself stays a global variable. */
export const FUNCTION_PREFIX = "__cspFunction_";

/** What tools call in the code they write and a receiver supplies; helpers.ts has the functions. */
export const HELPER_NAMES: ReadonlySet<string> = new Set(
  `
  __accessCheck __addDisposableResource __assign __async __asyncDelegator __asyncGenerator __asyncValues
  __await __awaiter __callDispose __classPrivateFieldGet __classPrivateFieldIn __classPrivateFieldSet
  __create __decorate __decorateClass __decorateParam __defNormalProp __defProp __defProps
  __disposeResources __earlyAccess __extends __forAwait __generator __getOwnPropDesc __getOwnPropDescs
  __getOwnPropNames __getOwnPropSymbols __getProtoOf __hasOwnProp __knownSymbol __makeTemplateObject
  __metadata __name __objRest __param __pow __privateAdd __privateGet __privateIn __privateMethod
  __privateSet __privateWrapper __propIsEnum __propKey __publicField __read __reflectGet __reflectSet __rest
  __restKey __setFunctionName __spread __spreadArray __spreadArrays __spreadProps __spreadValues __superGet
  __superSet __superWrapper __template __typeError __using __values __yieldStar`.trim().split(/\s+/),
);
