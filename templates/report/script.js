// Sorting, filtering and reading values off the charts. The page is complete without it.
"use strict";
(() => {
  const key = (cell) => {
    const text = cell.dataset.k ?? cell.textContent;
    const number = Number(text);
    return Number.isNaN(number) || text === "" ? text.toLowerCase() : number;
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  };
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const first = head.classList.contains("n") ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const order = head.getAttribute("aria-sort") === first ? other : first;
        heads.forEach((each) => each.setAttribute("aria-sort", each === head ? order : "none"));
        const body = table.tBodies[0];
        const sign = order === "ascending" ? 1 : -1;
        const rows = [...body.rows].map((row) => [key(row.cells[column]), row]);
        rows.sort((a, b) => sign * compare(a[0], b[0]));
        body.append(...rows.map((row) => row[1]));
      });
    });
  }

  for (const form of document.querySelectorAll("form.filter")) {
    const rows = [...document.getElementById(form.dataset.for).tBodies[0].rows];
    const filter = () => {
      const words = form.elements.q.value.trim().toLowerCase();
      const group = form.elements.g.value;
      const flagged = form.elements.f.checked;
      let shown = 0;
      for (const row of rows) {
        const fits = row.cells[0].textContent.toLowerCase().includes(words)
          && (group === "" || row.dataset.g === group) && (!flagged || "f" in row.dataset);
        row.hidden = !fits;
        shown += fits ? 1 : 0;
      }
      form.querySelector("output").textContent = `${shown} of ${rows.length} VMs`;
    };
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    filter();
  }

  const two = (n, big, small, per) => {
    const whole = Math.round(n);
    return `${Math.floor(whole / per)}${big} ${whole % per}${small}`;
  };
  const scaled = (value, base, names) => {
    let step = 0;
    while (value >= base && step < names.length - 1) { value /= base; step += 1; }
    return `${value.toPrecision(value >= 100 ? Math.max(3, String(Math.round(value)).length) : 3)} ${names[step]}`;
  };
  const span = (s) => {
    if (s < 60) return `${Math.round(s)}s`;
    if (s < 3600) return two(s, "m", "s", 60);
    return s < 86400 ? two(s / 60, "h", "m", 60) : two(s / 3600, "d", "h", 24);
  };
  const shows = {
    "s": span,
    "B": (v) => scaled(v, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]),
    "B/s": (v) => scaled(v, 1024, ["B/s", "KiB/s", "MiB/s", "GiB/s"]),
    "bit/s": (v) => scaled(v * 8, 1000, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"]),
    "ops": (v) => `${Math.round(v / 1000)} op/s`,
    "share": (v) => `${(v * 100).toPrecision(3)} %`,
    "n": (v) => String(Math.round(v)),
  };
  for (const curve of document.querySelectorAll(".curve")) {
    const svg = curve.ownerSVGElement;
    const [left, top, right, bottom] = curve.dataset.area.split(" ").map(Number);
    const bin = Number(curve.dataset.bin);
    // The steps of the path: the height that begins at each place, null where the line has a gap.
    const steps = [];
    let y = bottom;
    let x = left;
    for (const [, letter, rest] of curve.getAttribute("d").matchAll(/([MHV])([-0-9. ]+)/g)) {
      const numbers = rest.trim().split(" ").map(Number);
      if (letter === "M") {
        if (steps.length > 0) steps.push([x, null]);
        [x, y] = numbers;
      }
      if (letter === "H") x = numbers[0];
      if (letter === "V") y = numbers[0];
      steps.push([x, y]);
    }
    if (steps.length === 0) continue;
    const total = steps[steps.length - 1][0];
    const read = document.createElement("span");
    read.className = "read";
    read.setAttribute("aria-hidden", "true");
    svg.closest("figure").querySelector("h3, h4").append(read);
    const cursor = document.createElementNS(svg.namespaceURI, "path");
    cursor.setAttribute("class", "cursor");
    svg.append(cursor);
    const lasts = Number(curve.dataset.lasts);
    const [low, high] = [Number(curve.dataset.low), Number(curve.dataset.top)];
    const valueAt = (height) => {
      if (height === null) return "nothing to measure";
      const share = (bottom - height) / (bottom - top);
      const value = low > 0 ? low * (high / low) ** share : high * share;
      return `about ${shows[curve.dataset.show](Math.max(0, value))}`;
    };
    svg.addEventListener("pointermove", (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      if (at.x < left || at.x > total) return;
      let here = steps[0];
      for (const step of steps) { if (step[0] <= at.x) here = step; }
      const when = Math.floor((at.x - left) / (right - left) * lasts / bin) * bin;
      cursor.setAttribute("d", `M${at.x} ${top}V${bottom}`);
      read.textContent = ` — ${span(when)} to ${span(when + bin)} after the start: ${valueAt(here[1])}`;
    });
    svg.addEventListener("pointerleave", () => { cursor.setAttribute("d", ""); read.textContent = ""; });
  }

  for (const command of document.querySelectorAll("pre.command")) {
    const text = command.textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy the command: ${text}`);
    const told = document.createElement("span");
    told.className = "hidden";
    told.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = told.textContent = "Copied";
      } catch {
        // Where the clipboard is closed to pages: mark the words, so that one key copies them.
        getSelection().selectAllChildren(command.querySelector("code"));
        button.textContent = told.textContent = "Marked: copy with Ctrl+C";
      }
    });
    command.append(button, told);
  }

  // A meaning stands above its name where there is room, else below; Escape shuts it.
  for (const term of document.querySelectorAll(".term")) {
    const meaning = term.querySelector(".meaning");
    const place = () => {
      term.classList.remove("shut");
      const at = term.getBoundingClientRect();
      const wide = Math.min(480, innerWidth - 16);
      Object.assign(meaning.style, {
        width: `${wide}px`, right: "auto", left: `${Math.max(8, Math.min(at.left, innerWidth - wide - 8))}px`,
        ...(at.top > innerHeight / 2 ? { top: "auto", bottom: `${innerHeight - at.top}px` } : { bottom: "auto", top: `${at.bottom}px` }),
      });
    };
    const leave = () => meaning.removeAttribute("style");
    term.addEventListener("pointerenter", place);
    term.addEventListener("focus", place);
    term.addEventListener("pointerleave", leave);
    term.addEventListener("blur", leave);
  }
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const term of document.querySelectorAll(".term:hover, .term:focus")) term.classList.add("shut");
  });

  // A long list of contents need not fill a small screen; what is folded is opened for paper.
  if (window.innerWidth < 1152) document.getElementById("contents").open = false;
  window.addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("section > details:has(dl)")) fold.open = true;
  });
})();
