"use strict";

// What was recorded; every text of it reaches the page as text, never as HTML.
const trace = JSON.parse(document.getElementById("trace").textContent);
const steps = trace.steps;
const byId = id => document.getElementById(id);
const SIDES = ["host", "helper", "hook", "supervisor", "container"].filter(side => steps.some(step => step.side === side));
const HUES = [250, 75, 165, 25, 300, 235, 345, 100, 125, 50];
const LANE = 26;
const GAP = 4;
const ALL_NAMESPACES = ["mount", "uts", "ipc", "pid", "network", "cgroup", "user", "time"];

const colour = phase => {
  const index = trace.phases.findIndex(one => one.name === phase);
  const grey = phase === "prepare" || phase === "wait";
  return `oklch(0.68 ${grey ? 0.02 : 0.12} ${HUES[Math.max(0, index)]})`;
};

const element = (tag, properties = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && !name.includes("-")) {
      made[name] = value;
    } else {
      made.setAttribute(name, value);
    }
  }
  made.append(...children);
  return made;
};

const drawn = (tag, attributes) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
  return made;
};

const duration = nanos => nanos < 1e6 ? `${Math.round(nanos / 1e3)} µs`
  : nanos < 1e9 ? `${(nanos / 1e6).toFixed(1)} ms` : `${(nanos / 1e9).toFixed(2)} s`;

// ---- The picture ----

/** What is there after the step number `at`: each thing with the step that brought it. */
function modelAt(at) {
  const model = { ended: false, root: "" };
  const kinds = ["process", "namespace", "layer", "folder", "mount", "cgroup", "limit", "member", "host_link", "link",
    "address", "route", "firewall", "trait"];
  kinds.forEach(kind => { model[kind] = new Map(); });
  for (let i = 0; i <= at; i++) {
    for (const [kind, key, value] of steps[i].changes) {
      if (kind === "root") {
        enterRoot(model, key);
      } else if (kind === "gone") {
        [model.cgroup, model.member, model.folder].forEach(things => things.delete(key));
      } else if (kind === "end") {
        model.ended = true;
      } else if (kind === "address") {
        model.address.set(`${key} ${value}`, { link: key, value, born: i });
      } else {
        model[kind].set(key, { value, born: i });
      }
    }
  }
  return model;
}

/** After pivot_root: what is below the new root is known by another path, and all else is gone. */
function enterRoot(model, root) {
  const mounts = new Map();
  for (const [path, mount] of model.mount) {
    if (path === root) {
      mounts.set("/", mount);
    } else if (path.startsWith(`${root}/`)) {
      mounts.set(path.slice(root.length), mount);
    }
  }
  model.mount = mounts;
  model.root = root;
}

const base = path => path.slice(path.lastIndexOf("/") + 1);
const brief = text => /^[0-9a-f]{40,}$/.test(text) ? `${text.slice(0, 12)}…` : text;

function item(at, text, small, born, data = {}, off = false) {
  const made = element("li", { className: `item${born === at ? " fresh" : ""}${off ? " off" : ""}` }, text);
  if (small) {
    made.append(element("small", {}, small));
  }
  Object.entries(data).forEach(([name, value]) => { made.dataset[name] = value; });
  return made;
}

function box(title, inside, items, style = "") {
  const made = element("div", { className: `box${inside ? " inside" : ""}${items.length ? "" : " empty"}` },
    element("h3", {}, title));
  made.append(items.length ? element("ul", { className: `items ${style}` }, ...items)
    : element("p", { className: "none" }));
  return made;
}

function band(name, left, link, joined, right) {
  const made = element("section", { className: "band" }, left,
    element("div", { className: `link${joined ? " on" : ""}`, "aria-hidden": "true" }, link), right);
  made.setAttribute("aria-label", name);
  return made;
}

/** As a tree: each mount below the one that it lies in. */
function drawMounts(mounts, at) {
  const above = [];
  return [...mounts].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0).map(([path, mount]) => {
    while (above.length && !path.startsWith(above.at(-1) === "/" ? "/" : `${above.at(-1)}/`)) {
      above.pop();
    }
    const parent = above.at(-1) ?? "";
    const name = parent === "" ? path : path.slice(parent === "/" ? 0 : parent.length + 1);
    const merged = path === "/" && mount.value === "overlay";
    const made = item(at, name, merged ? "overlay, merged" : mount.value, mount.born, { mount: path });
    made.style.paddingLeft = `${0.3 + Math.min(above.length, 5) * 0.9}rem`;
    made.title = path;
    above.push(path);
    return made;
  });
}

function drawPicture(at) {
  const model = modelAt(at);
  const list = (map, make) => [...map].map(([key, thing]) => make(key, thing));
  const container = model.process.get("container");

  const processes = [item(at, "koker", "", -1)];
  if (model.process.has("supervisor")) {
    const one = model.process.get("supervisor");
    processes.push(item(at, "supervisor", `pid ${one.value}`, one.born, { process: "supervisor" }));
  }
  const inside = container
    ? [item(at, "process", `pid ${container.value} on the host`, container.born, { process: "container" })] : [];
  inside.push(...list(model.trait, (key, trait) => item(at, key, trait.value, trait.born, { trait: key, value: trait.value })));

  const shared = ALL_NAMESPACES.filter(name => !model.namespace.has(name));
  const own = list(model.namespace, (name, one) => item(at, name, one.value, one.born, { namespace: name }));

  const folders = list(model.folder, (name, folder) => item(at, name, name === "upper" ? "changes go here" : "the kernel's scratch",
    folder.born, { folder: name }));
  const layers = list(model.layer, (path, layer) => item(at, `layer ${brief(base(path))}`, "read only", layer.born, { layer: path }));
  const image = [...folders.slice(0, 1), ...layers, ...folders.slice(1)];
  const mounts = drawMounts(model.mount, at);

  const names = new Set([...model.cgroup.keys()].map(base));
  const one = names.size === 1 && model.cgroup.size > 1 ? [...names][0] : "";
  const cgroups = list(model.cgroup, (path, cgroup) => {
    const made = item(at, path.slice(0, one ? -one.length - 1 : undefined).replace(/^.sys.fs.cgroup./, ""), "", cgroup.born,
      { cgroup: path });
    made.title = path;
    return made;
  });
  const limits = list(model.limit, (file, limit) => item(at, file, limit.value, limit.born, { limit: file }));
  if (model.member.size) {
    const last = Math.max(...[...model.member.values()].map(member => member.born));
    limits.push(item(at, "the process is in", model.member.size === 1 ? "it" : `${model.member.size} of them`, last,
      { members: [...model.member.keys()].join(" ") }));
  }

  const linked = new Set([...model.link.values()].map(link => link.value));
  const addresses = link => [...model.address.values()].filter(one => one.link === link);
  const linkItem = (data, small) => (name, one) => {
    const known = addresses(name);
    const born = Math.max(one.born, ...known.map(address => address.born));
    const made = item(at, name, [small(one), ...known.map(address => address.value)].filter(Boolean).join(" "), born,
      { [data]: name, addresses: known.map(address => address.value).join(" ") });
    made.classList.toggle("cable", linked.has(name)); // it goes when its other end does
    return made;
  };
  const hostLinks = list(model.host_link, linkItem("hostLink", one => one.value === "bridge" ? "bridge" : `in ${one.value}`));
  hostLinks.push(...list(model.firewall, (name, one) => item(at, "firewall", `${one.value} ${name}`, one.born, { firewall: name })));
  const links = list(model.link, linkItem("link", one => one.value ? `other end of ${one.value}` : "loopback"));
  links.push(...list(model.route, (via, one) => item(at, "default route", `via ${via}`, one.born, { route: via })));

  byId("bands").replaceChildren(
    band("Processes", box("Processes", false, processes), "clone", Boolean(container), box("Process", true, inside)),
    band("Namespaces", box("Shared with the host", false, shared.map(name => item(at, name, "", -1, {}, true))), "new",
      own.length > 0, box("Namespaces of its own", true, own)),
    band("Limits", box(one ? `Cgroups ${one} of` : "Cgroups", false, cgroups), "joins", model.member.size > 0,
      box("Limits", true, limits)),
    band("Network", box("Network of the host", false, hostLinks), "veth", hostLinks.length > 0 && links.length > 0,
      box("Network of the container", true, links)),
    band("Root", box("Image and changes", false, image, "stack"), "overlay", image.length > 0 && mounts.length > 0,
      box(model.root ? "Mounts" : "Mounts, before the root is entered", true, mounts, "tree")));
  byId("picture").classList.toggle("ended", model.ended);
  byId("gone").hidden = !model.ended;
  byId("bands").querySelectorAll(".none").forEach(none => { none.textContent = model.ended ? "nothing any more" : "nothing yet"; });
}

// ---- The step ----

function drawStep(at, announce) {
  const step = steps[at];
  const dot = element("span", { className: "dot" });
  dot.style.background = colour(step.phase);
  const text = element("div", {},
    element("p", { className: "where" }, dot, `Step ${at + 1} of ${steps.length}, ${step.side}, ${step.phase}`),
    element("h2", {}, step.title));
  if (step.about) {
    text.append(element("p", { className: "about" }, step.about));
  }
  if (step.why) {
    text.append(element("p", { className: "why" }, step.why));
  }
  byId("step").setAttribute("aria-live", announce ? "polite" : "off");
  byId("step").replaceChildren(text);
  byId("calls").replaceChildren(element("ol", {}, ...step.calls.map(call => element("li",
    { className: call.refused ? "refused" : "" }, call.call,
    element("span", { className: "result" }, `= ${call.result}   ${duration(call.duration)}`)))));
}

// ---- The timeline ----

let blocks = [];
let cursor;

function drawLanes() {
  const names = element("div", { id: "names" }, ...SIDES.map(side => element("span", {}, side)));
  names.setAttribute("aria-hidden", "true");
  const track = element("div", { id: "track" });
  byId("lanes").replaceChildren(names, track);
  const byTime = byId("scale").value === "time";
  const width = Math.max(track.clientWidth || 800, byTime ? 0 : steps.length * 5);
  const height = SIDES.length * LANE;
  const svg = drawn("svg", { width, height, "aria-hidden": "true" });
  SIDES.forEach((_, lane) => svg.append(drawn("rect",
    { class: "lane", x: 0, y: lane * LANE + GAP / 2, width, height: LANE - GAP, rx: 5 })));
  blocks = steps.map((step, index) => {
    const x = byTime ? step.start / trace.length * width : index * width / steps.length;
    const wide = byTime ? Math.max(2, (step.end - step.start) / trace.length * width) : Math.max(1.5, width / steps.length - 1);
    const block = drawn("rect", { class: `block${step.calls.some(call => call.refused) ? " bad" : ""}`, x,
      y: SIDES.indexOf(step.side) * LANE + GAP, width: wide, height: LANE - 2 * GAP, rx: 2, fill: colour(step.phase) });
    block.dataset.step = index;
    svg.append(block);
    return block;
  });
  cursor = drawn("line", { class: "cursor", y1: 0, y2: height });
  svg.append(cursor);
  svg.addEventListener("click", event => stepOf(event, index => go(index)));
  svg.addEventListener("pointerover", event => stepOf(event, index => drawStep(index, false)));
  svg.addEventListener("pointerleave", () => drawStep(at, false));
  track.append(svg);
}

function stepOf(event, action) {
  const step = event.target.dataset?.step;
  if (step !== undefined) {
    action(Number(step));
  }
}

function drawPosition() {
  blocks.forEach((block, index) => {
    block.classList.toggle("done", index <= at);
    block.classList.toggle("now", index === at);
  });
  const x = Number(blocks[at].getAttribute("x"));
  cursor.setAttribute("x1", x);
  cursor.setAttribute("x2", x);
  const track = byId("track");
  if (x < track.scrollLeft || x > track.scrollLeft + track.clientWidth) {
    track.scrollLeft = x - track.clientWidth / 2;
  }
}

// ---- Playing ----

let at = 0;
let timer;

/** Goes to a step. While the steps are played, a screen reader is not told of each. */
function go(index) {
  at = Math.min(Math.max(index, 0), steps.length - 1);
  const step = steps[at];
  drawPicture(at);
  drawStep(at, timer === undefined);
  drawPosition();
  byId("position").value = at;
  byId("position").setAttribute("aria-valuetext", `Step ${at + 1} of ${steps.length}: ${step.title} ${step.about}`);
  byId("count").value = `${at + 1} of ${steps.length}`;
  byId("list").querySelector("[aria-current]")?.removeAttribute("aria-current");
  byId("list").children[at]?.firstChild.setAttribute("aria-current", "step");
  history.replaceState(null, "", `#${at + 1}`);
}

function play() {
  if (timer !== undefined) {
    pause();
    return;
  }
  if (at === steps.length - 1) {
    go(0);
  }
  byId("play").textContent = "Pause";
  byId("play").setAttribute("aria-pressed", "true");
  timer = setInterval(() => at < steps.length - 1 ? go(at + 1) : pause(), Number(byId("speed").value));
}

function pause() {
  clearInterval(timer);
  timer = undefined;
  byId("play").textContent = "Play";
  byId("play").setAttribute("aria-pressed", "false");
}

/** The first step of another phase, before or behind this one. */
function otherPhase(direction) {
  let index = at;
  while (steps[index]?.phase === steps[at].phase) {
    index += direction;
  }
  if (direction < 0) {
    while (index > 0 && steps[index - 1].phase === steps[index].phase) {
      index--;
    }
  }
  return index;
}

const halt = action => () => {
  pause();
  action();
};

const KEYS = {
  ArrowLeft: halt(() => go(at - 1)),
  ArrowRight: halt(() => go(at + 1)),
  PageUp: halt(() => go(otherPhase(-1))),
  PageDown: halt(() => go(otherPhase(1))),
  Home: halt(() => go(0)),
  End: halt(() => go(steps.length - 1)),
  " ": play,
  d: switchTheme
};

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

function listen() {
  byId("first").onclick = KEYS.Home;
  byId("previous").onclick = KEYS.ArrowLeft;
  byId("play").onclick = play;
  byId("next").onclick = KEYS.ArrowRight;
  byId("last").onclick = KEYS.End;
  byId("theme").onclick = switchTheme;
  byId("position").oninput = halt(() => go(Number(byId("position").value)));
  byId("scale").onchange = () => {
    drawLanes();
    drawPosition();
  };
  byId("speed").onchange = () => {
    if (timer !== undefined) {
      pause();
      play();
    }
  };
  addEventListener("resize", byId("scale").onchange);
  addEventListener("keydown", event => {
    const own = { INPUT: true, SELECT: true, BUTTON: event.key === " ", SUMMARY: event.key === " " }[event.target.tagName];
    if (KEYS[event.key] && !own && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });
  byId("all").addEventListener("toggle", fillList);
  addEventListener("beforeprint", () => {
    fillList();
    byId("all").open = true;
  });
}

/** Made when somebody wants to see it: there may be thousands. */
function fillList() {
  if (byId("list").children.length) {
    return;
  }
  byId("list").append(...steps.map((step, index) => {
    const button = element("button", { type: "button" }, `${step.side}, ${step.phase}: ${step.title} ${step.about}`);
    button.onclick = halt(() => go(index));
    return element("li", {}, button);
  }));
  byId("list").children[at].firstChild.setAttribute("aria-current", "step");
}

/** Where the page opens: where its address says; when the command begins, as all is there then; as far as a container came; at the end. */
function opening() {
  const asked = Number(location.hash.slice(1));
  if (asked >= 1 && asked <= steps.length) {
    return asked - 1;
  }
  const command = steps.findLastIndex(step => step.changes.some(([kind, key]) => kind === "trait" && key === "command"));
  const reached = steps.findLastIndex(step => step.side === "container");
  return [command, reached].find(step => step >= 0) ?? steps.length - 1;
}

function begin() {
  document.title = `${trace.command} - koker trace`;
  byId("command").textContent = trace.command;
  const calls = steps.reduce((sum, step) => sum + step.calls.length, 0);
  byId("facts").textContent = `${trace.date.slice(0, 19).replace("T", " ")}, ${trace.koker}, Linux ${trace.kernel}; `
    + `${calls} calls in ${steps.length} steps, ${duration(trace.length)}; ${trace.ending}`;
  const failure = trace.failed ? `failed: ${trace.failed}` : trace.error;
  byId("failure").hidden = !failure;
  byId("failure").textContent = failure;
  if (!steps.length) {
    byId("bands").append(element("p", { className: "none" }, "No system call was recorded."));
    byId("player").hidden = true;
    return;
  }
  byId("position").max = steps.length - 1;
  byId("legend").append(...trace.phases.filter(phase => steps.some(step => step.phase === phase.name)).map(phase => {
    const dot = element("span", { className: "dot" });
    dot.style.background = colour(phase.name);
    const button = element("button", { type: "button", title: phase.what }, dot, phase.name);
    button.onclick = halt(() => go(steps.findIndex(step => step.phase === phase.name)));
    return element("li", {}, button);
  }));
  const longest = Math.max(...steps.map(step => step.end - step.start));
  byId("scale").value = longest > trace.length / 2 || steps.length > 4000 ? "steps" : "time";
  listen();
  drawLanes();
  go(opening());
}

begin();
