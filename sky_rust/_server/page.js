// The page about sky-rust: in SkyPilot's dashboard, which loads this script, and on a page of its own (page.html).
(() => {
  "use strict";

  const BASE = new URL(".", document.currentScript.src);
  const PERIOD = 2000; // milliseconds between two looks, and after a switch:
  const SOON = 400;
  const COUNTS = ["answers", "declines", "shadowed", "mismatches", "moved"];
  const TITLES = {
    answers: "Calls that the native answered",
    declines: "Calls that the native left to SkyPilot's function",
    shadowed: "Calls in which shadow compared both",
    mismatches: "Compared calls that differed",
    moved: "Calls that could not be compared, since the world changed meanwhile",
    ratio: "SkyPilot's time divided by the native's, in the calls that shadow compared",
  };
  const CHOICES = [
    ["", "as begun"],
    ["on", "on"],
    ["shadow", "shadow"],
    ["shadow 0.1", "shadow 10 %"],
    ["shadow 0.01", "shadow 1 %"],
    ["off", "off"],
  ];
  const number = new Intl.NumberFormat("en");

  /** An element with attributes, properties that begin with a dot, and children: elements and text. */
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith(".")) made[name.slice(1)] = value;
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  /** Writes text into an element if it has another: what is selected stays selected. */
  function write(target, text) {
    if (target.textContent !== text) target.textContent = text;
  }

  /** The answer to a request, as an object. Throws an Error with words for the reader. */
  async function ask(path, options) {
    let response;
    try {
      response = await fetch(new URL(path, BASE).href, { credentials: "same-origin", cache: "no-store", ...options });
    } catch (error) {
      throw new Error("The server doesn't answer.");
    }
    let answer = null;
    try {
      answer = await response.json();
    } catch (error) {
      // A page to log in, or a proxy's error.
    }
    if (response.ok && answer !== null) return answer;
    const detail = answer && answer.detail;
    throw new Error(
      typeof detail === "string" && detail !== "Forbidden"
        ? detail
        : response.status === 401 || response.status === 403
          ? "SkyPilot forbids it: you may have to log in again, or to ask an admin."
          : `The server answers ${response.status}${response.ok ? ", but not with JSON: log in again" : ""}.`,
    );
  }

  /** One line of text for a function's backends, such as "rust 3, python 1". */
  function backends(one) {
    const some = ["rust", "shadow", "python"].filter((kind) => one[kind]);
    return some.map((kind) => (some.length > 1 ? `${kind} ${one[kind]}` : kind));
  }

  class Page {
    /** The page in an element; `theme` is "light" where what is around it has no other. */
    constructor(container, theme) {
      const host = element("div");
      container.append(host);
      this.root = host.attachShadow({ mode: "open" }); // neither has the other's styles
      this.status = null;
      this.error = "";
      this.said = null; // about the last switch: {kind, text, name, line, since}
      this.rows = new Map();
      this.page = element("div", { class: "page", "data-theme": theme || "auto" });
      this.heading = element("p", { class: "facts" }, "Asking the server…");
      this.notices = element("div", { class: "notices" });
      this.message = element("div", { class: "message", role: "status", "aria-live": "polite" });
      this.body = element("tbody");
      this.table = element("table", { hidden: "" }, this.head(), this.body);
      this.empty = element("p", { class: "empty", hidden: "" });
      this.footer = element("p", { class: "facts" });
      this.page.append(
        element("h1", {}, "sky-rust"), this.heading, this.notices, this.message, this.empty, this.table, this.footer,
      );
      // Nothing is seen before its style is there, and all is if it can't be loaded.
      const style = element("link", { rel: "stylesheet", href: new URL("page.css", BASE).href });
      const show = () => this.root.append(this.page);
      style.onload = style.onerror = show;
      this.root.append(style);
      this.look = this.look.bind(this);
      this.seen = () => document.hidden || this.look();
      document.addEventListener("visibilitychange", this.seen);
      this.look();
    }

    close() {
      this.closed = true;
      clearTimeout(this.timer);
      document.removeEventListener("visibilitychange", this.seen);
    }

    head() {
      const cells = ["function", "backend", ...COUNTS, "ratio", "switch"].map((name) =>
        element("th", { scope: "col", class: COUNTS.includes(name) || name === "ratio" ? "number" : "", title: TITLES[name] || "" }, name),
      );
      return element("thead", {}, element("tr", {}, ...cells));
    }

    async look() {
      clearTimeout(this.timer);
      const turn = (this.turn = (this.turn || 0) + 1);
      let status = this.status;
      let problem = "";
      try {
        status = await ask("status");
      } catch (error) {
        problem = error.message;
      }
      if (this.closed || turn !== this.turn) return; // a later look has begun
      this.status = status;
      this.error = problem;
      this.show();
      clearTimeout(this.timer);
      if (!document.hidden) this.timer = setTimeout(this.look, this.isWaiting() ? SOON : PERIOD);
    }

    show() {
      this.showNotices();
      if (this.status === null) {
        write(this.heading, "Nothing is known yet.");
        return;
      }
      const { host, version, control, functions, processes } = this.status;
      write(this.heading, `${version} on ${host}: ${processes.length === 1 ? "1 process has" : `${processes.length} processes have`} natives`);
      write(this.footer, `Switches are written to ${control.file}; each process follows it within a second. Counts are sums over all processes of this host, with those that have ended.`);
      this.empty.hidden = processes.length > 0;
      write(this.empty, "No process has natives yet: those of SkyPilot's server begin with the plugin, any other with `sky-rust run` or with SKY_RUST_CONTROL.");
      this.table.hidden = false;
      this.showRow({ name: "*", line: control.every });
      for (const one of functions) this.showRow(one);
      this.showSaid();
    }

    showNotices() {
      const lines = this.error ? [["bad", this.status ? `${this.error} What stands here is from before.` : this.error]] : [];
      if (this.status !== null) {
        const { control, functions, processes } = this.status;
        const wrong = functions.filter((one) => one.mismatches).map((one) => one.name);
        if (wrong.length) lines.push(["bad", `${wrong.join(", ")}: answers differed from SkyPilot's in shadow. Where that was, the function is back in Python; its processes have the report.`]);
        if (control.problem) lines.push(["bad", control.problem]);
        if (!this.status.may_switch) lines.push(["plain", `You can read this page. ${this.status.why_not}`]);
        else if (control.read_only) lines.push(["plain", `The control file is read-only: ${control.read_only}. Choose a switch, and the page says what to type instead.`]);
        for (const [text, where] of remarks(processes)) {
          lines.push(["bad", `${where.length === processes.length && where.length > 1 ? "All processes" : `Process ${where.join(", ")}`}: ${text}`]);
        }
      }
      const key = JSON.stringify(lines);
      if (key === this.noticed) return;
      this.noticed = key;
      this.notices.replaceChildren(...lines.map(([kind, text]) => element("p", { class: kind }, text)));
    }

    /** The row of a function, or of all of them (`*`), made at the first time. */
    showRow(one) {
      let row = this.rows.get(one.name);
      if (row === undefined) this.rows.set(one.name, (row = this.makeRow(one)));
      if (one.name !== "*") {
        const kinds = backends(one);
        if (row.kinds !== kinds.join()) {
          row.kinds = kinds.join();
          row.cells.backend.replaceChildren(
            ...(kinds.length ? kinds.map((text) => element("span", { class: `kind ${text.split(" ")[0]}` }, text)) : ["–"]),
          );
        }
        for (const count of COUNTS) {
          write(row.cells[count], number.format(one[count]));
          row.cells[count].classList.toggle("wrong", count === "mismatches" && one[count] > 0);
          row.cells[count].classList.toggle("zero", one[count] === 0);
        }
        write(row.cells.ratio, one.ratio === null ? "–" : one.ratio.toPrecision(one.ratio < 100 ? 2 : 3) * 1 + " ×");
        row.cells.ratio.classList.toggle("zero", one.ratio === null);
        if (!row.detail.hidden) this.showDetail(row, one.name);
      }
      this.showSelect(row.select, one.line);
    }

    makeRow(one) {
      const isEvery = one.name === "*";
      const name = isEvery
        ? element("span", {}, "all functions ", element("small", {}, "ends the switches of single ones"))
        : element("button", { type: "button", class: "name", "aria-expanded": "false" }, one.name);
      const select = element("select", { "aria-label": `switch of ${isEvery ? "all functions" : one.name}` });
      select.addEventListener("change", () => this.switch(one.name, select.value));
      const cells = {};
      for (const column of ["backend", ...COUNTS, "ratio"]) {
        cells[column] = element("td", { "data-label": column, class: column === "backend" ? "" : "number" });
      }
      const first = element("th", { scope: "row" }, name);
      const row = element("tr", { class: isEvery ? "every" : "", "data-function": one.name }, first, ...Object.values(cells), element("td", { "data-label": "switch", class: "switch" }, select));
      const box = element("td", { colspan: "9" });
      const detail = element("tr", { class: "detail", hidden: "", "data-detail": one.name }, box);
      name.addEventListener("click", () => {
        if (isEvery) return;
        detail.hidden = !detail.hidden;
        name.setAttribute("aria-expanded", String(!detail.hidden));
        if (!detail.hidden) this.showDetail(made, one.name);
      });
      const made = { cells, select, detail, box };
      this.body.append(row, ...(isEvery ? [] : [detail]));
      return made;
    }

    showSelect(select, line) {
      const choices = CHOICES.some(([value]) => value === line) ? CHOICES : [...CHOICES, [line, line]];
      const key = choices.length + line;
      if (select.dataset.key !== key) {
        select.replaceChildren(...choices.map(([value, text]) => element("option", { value }, text)));
        select.dataset.key = key;
      }
      select.value = line;
      select.disabled = !this.status.may_switch;
    }

    /** What each process says of a function. */
    showDetail(row, name) {
      const lines = this.status.processes.filter((process) => process.functions[name]);
      const key = JSON.stringify(lines.map((process) => [process.pid, process.context, process.functions[name]]));
      if (row.shown === key) return;
      row.shown = key;
      row.box.replaceChildren(
        ...(lines.length ? [] : [element("p", {}, "No process has it yet.")]),
        ...lines.map((process) => {
          const one = process.functions[name];
          const kind = one.backend === "rust" && one.switch === "shadow" ? "shadow" : one.backend;
          const declined = Object.entries(one.reasons || {}).map(([why, count]) => `${why}: ${number.format(count)}`);
          return element(
            "div",
            { class: "process", "data-pid": process.pid, "data-switch": one.switch },
            element("p", {},
              element("span", { class: `kind ${kind}` }, kind),
              element("strong", {}, `${process.context} ${process.pid}`),
              element("span", { class: "facts" }, COUNTS.filter((count) => one[count]).map((count) => `${count} ${number.format(one[count])}`).join(", ") || "no calls"),
            ),
            element("pre", { class: one.reason.includes("mismatch") ? "wrong" : "" }, one.reason),
            ...(declined.length ? [element("p", { class: "facts" }, `declined for ${declined.join(", ")}`)] : []),
          );
        }),
      );
    }

    /** Writes a switch, and says what the server says to that. */
    async switch(name, line) {
      const [word, rate] = line.split(" ");
      const body = { function: name, switch: word, ...(rate ? { rate: Number(rate) } : {}) };
      this.said = { kind: "plain", text: "Switching…" };
      this.showSaid();
      try {
        await ask("switch", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
        this.said = { kind: "good", name, line, since: Date.now() };
      } catch (error) {
        this.said = { kind: "bad", text: error.message };
      }
      await this.look();
    }

    /** Whether processes may still be about to follow the last switch. */
    isWaiting() {
      return this.said !== null && this.said.line !== undefined && Date.now() - this.said.since < 5 * PERIOD;
    }

    showSaid() {
      const said = this.said;
      if (said === null) return;
      if (said.line !== undefined && this.status) {
        const word = said.line.split(" ")[0];
        const title = said.name === "*" ? "All functions" : said.name;
        if (said.name === "*" || word === "") {
          said.text = `${title}: ${said.line || "as their process began"}. Processes follow within a second.`;
        } else {
          const all = this.status.processes.filter((process) => process.functions[said.name]);
          const done = all.filter((process) => process.functions[said.name].switch === word);
          said.text = `${title} is ${said.line} in ${done.length} of ${all.length} processes.`;
          said.kind = done.length === all.length ? "good" : "plain";
        }
      }
      this.message.className = `message ${said.kind}`;
      write(this.message, said.text || "");
    }
  }

  /** What keeps processes from natives, or from the control file: in words -> where. */
  function remarks(processes) {
    const found = new Map();
    for (const { pid, obstacle, trouble, control } of processes) {
      for (const text of [obstacle, trouble, control.problem, control.refused]) {
        if (text) found.set(text, [...(found.get(text) || []), pid]);
      }
    }
    return found;
  }

  function register(api) {
    api.registerTopNavLink({ id: "sky-rust", label: "sky\u2011rust", href: "/plugins/sky_rust", order: 90 });
    api.registerRoute({
      id: "sky-rust",
      path: "/plugins/sky_rust",
      title: "sky-rust",
      mount({ container }) {
        const page = new Page(container, "light"); // as the dashboard is
        return () => {
          page.close();
          container.replaceChildren();
        };
      },
    });
  }

  const own = document.getElementById("sky-rust");
  if (own) new Page(own);
  else if (window.SkyDashboardPluginAPI) register(window.SkyDashboardPluginAPI);
  else window.addEventListener("skydashboard:plugins-ready", (event) => register(event.detail), { once: true });
})();
