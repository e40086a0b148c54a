"use strict";
// Lines of a drawing can be followed: the values at the place pointed at stand in a box beside it.
for (const drawing of document.querySelectorAll(".drawing")) {
  const data = drawing.querySelector("script");
  const svg = drawing.querySelector("svg");
  if (!data || !svg) continue;
  const lines = JSON.parse(data.textContent);
  const readout = document.createElement("div");
  readout.className = "readout";
  readout.hidden = true;
  drawing.append(readout);
  const marks = document.createElementNS("http://www.w3.org/2000/svg", "g");
  svg.append(marks);
  const make = (tag, values) => {
    const one = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(values)) one.setAttribute(name, value);
    marks.append(one);
  };
  const hide = () => { readout.hidden = true; marks.replaceChildren(); };
  const show = (event) => {
    const matrix = svg.getScreenCTM();
    if (!matrix) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const found = lines.map((line) => {
      const near = line.points.reduce((a, b) => Math.abs(b[0] - at.x) < Math.abs(a[0] - at.x) ? b : a);
      return { line, near, far: Math.abs(near[0] - at.x) };
    });
    const close = found.filter((one) => one.far < 12);
    if (!close.length) return hide();
    const nearest = close.reduce((a, b) => a.far <= b.far ? a : b);
    const shown = close.filter((one) => one.line.panel === nearest.line.panel);
    marks.replaceChildren();
    const heights = shown.map((one) => one.near[1]);
    const x = nearest.near[0];
    make("line", { class: "cursor", x1: x, x2: x, y1: Math.min(...heights) - 12, y2: Math.max(...heights) + 12 });
    readout.replaceChildren();
    const head = document.createElement("b");
    head.textContent = nearest.near[2];
    readout.append(head);
    for (const { line, near } of shown) {
      make("circle", { class: "dot", cx: near[0], cy: near[1], r: 3 });
      const row = document.createElement("div");
      row.textContent = `${line.name}: ${near[3]}`;
      readout.append(row);
    }
    readout.hidden = false;
    const box = drawing.getBoundingClientRect();
    const left = event.clientX - box.left;
    readout.style.top = `${Math.max(0, event.clientY - box.top - readout.offsetHeight - 10)}px`;
    readout.style.left = `${left + 16 + readout.offsetWidth > box.width ? Math.max(0, left - readout.offsetWidth - 16) : left + 16}px`;
  };
  svg.addEventListener("pointermove", show);
  svg.addEventListener("pointerdown", show);
  svg.addEventListener("pointerleave", hide);
}
