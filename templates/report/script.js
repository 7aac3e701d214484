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
    const line = curve.querySelector("path");
    const bin = Number(curve.dataset.bin);
    // The steps of the path, as the greatest height that begins at each place.
    const steps = [];
    let y = bottom;
    let x = left;
    for (const [, letter, rest] of line.getAttribute("d").matchAll(/([MHV])([-0-9. ]+)/g)) {
      const numbers = rest.trim().split(" ").map(Number);
      if (letter === "M") [x, y] = numbers;
      if (letter === "H") x = numbers[0];
      if (letter === "V") y = numbers[0];
      steps.push([x, y]);
    }
    if (steps.length === 0) continue;
    const total = steps[steps.length - 1][0];
    const read = document.createElement("span");
    read.className = "read";
    read.setAttribute("aria-hidden", "true");
    svg.closest("figure").querySelector("h4").append(read);
    const cursor = document.createElementNS(svg.namespaceURI, "path");
    cursor.setAttribute("class", "cursor");
    svg.append(cursor);
    const lasts = Number(curve.dataset.lasts);
    svg.addEventListener("pointermove", (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      if (at.x < left || at.x > total) return;
      let here = steps[0];
      for (const step of steps) { if (step[0] <= at.x) here = step; }
      const value = (bottom - here[1]) / (bottom - top) * Number(curve.dataset.top);
      const when = Math.floor((at.x - left) / (right - left) * lasts / bin) * bin;
      cursor.setAttribute("d", `M${at.x} ${top}V${bottom}`);
      read.textContent = ` — ${span(when)} to ${span(when + bin)} after the start: about ${shows[curve.dataset.show](Math.max(0, value))}`;
    });
    svg.addEventListener("pointerleave", () => { cursor.setAttribute("d", ""); read.textContent = ""; });
  }

  // A long list of contents need not fill a small screen; what is folded is opened for paper.
  if (window.innerWidth < 1152) document.getElementById("contents").open = false;
  window.addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("section > details:not(.data)")) fold.open = true;
  });
})();
