/** Lets frozen and owned values cross; loaded along with what else makes handles known, their machinery at first use. */
import { sharing } from "#engines";
import { Frozen } from "./frozen.ts";
import { registerKind } from "./kinds.ts";
import { Owned } from "./owned.ts";

registerKind<Frozen<unknown>>(Frozen.prototype, {
  name: "frozen",
  encode(frozen) {
    return sharing().frozen.describe(frozen);
  },
  decode(description: never) {
    return sharing().frozen.adopt(description);
  },
});

registerKind<Owned<unknown>>(Owned.prototype, {
  name: "owned",
  encode(box, message) {
    const { value } = box;
    message.starts.push(function leave() {
      const stay = Owned.leave(box);
      message.left.push(function left() {
        Owned.left(box);
      });
      return stay;
    });
    return value;
  },
  decode(value: never) {
    return new Owned(value as unknown);
  },
});
