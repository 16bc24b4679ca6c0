"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const make = (tag, text, attributes = {}) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text; // never as HTML
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  document.documentElement.classList.add("scripted");

  // ---- the data: columns of numbers, and of words with a code for each row
  const size = data.pair.length;
  const collator = new Intl.Collator("en", { numeric: true });
  const columns = data.columns.map((column) => {
    if (!column.words) return { ...column, values: column.values.map((v) => (v === null ? NaN : Number(v))) };
    const order = column.words.map((_, k) => k).sort((a, b) => collator.compare(column.words[a], column.words[b]));
    const rank = [];
    order.forEach((word, k) => { rank[word] = column.words[word] === "" ? NaN : k; });
    return { ...column, ranks: column.codes.map((c) => rank[c]) };
  });
  const value = (column, row) => (column.words ? column.words[column.codes[row]] : column.values[row]);
  const shownNumber = (v) =>
    Number.isNaN(v) ? "" : Number.isFinite(v) ? String(Number(v.toPrecision(7))) : v > 0 ? "inf" : "-inf";
  const shown = (column, row) => (column.words ? value(column, row) : shownNumber(value(column, row)));
  const pairName = (pair) => data.names[pair].filter(Boolean).join(" and ");

  // ---- filter: words, and conditions on columns
  const TERM = /(?:"([^"]*)"|([^\s"<>=!≤≥]+))\s*(<=|>=|!=|==|≤|≥|<|>|=)\s*(?:"([^"]*)"|([^\s"]+))|"([^"]*)"|(\S+)/g;
  const key = (text) => text.toLowerCase().replace(/\s+/g, "");
  const named = (name) => columns.find((c) => key(c.name) === key(name) || key(c.label) === key(name));
  const compare = {
    "<": (a, b) => a < b, ">": (a, b) => a > b, "=": (a, b) => a === b,
    "<=": (a, b) => a <= b, ">=": (a, b) => a >= b, "!=": (a, b) => a !== b,
  };
  const condition = (name, sign, wanted) => {
    const column = named(name);
    if (!column) throw new Error(`There is no column "${name}". Columns: ${columns.map((c) => c.name).join(", ")}.`);
    sign = { "≤": "<=", "≥": ">=", "==": "=" }[sign] || sign;
    const holds = compare[sign];
    if (column.words) {
      const text = wanted.toLowerCase();
      return (row) => holds(value(column, row).toLowerCase(), text);
    }
    if (/^(nan|undefined)$/i.test(wanted) && (sign === "=" || sign === "!="))
      return (row) => Number.isNaN(value(column, row)) === (sign === "=");
    const number = Number(wanted.replace("−", "-").replace(/^([+-]?)(inf|infinity|∞)$/i, "$1Infinity"));
    if (Number.isNaN(number)) throw new Error(`"${wanted}" is no number, and ${column.name} has numbers: write e.g. ${column.name} < 0.8.`);
    return (row) => !Number.isNaN(value(column, row)) && holds(value(column, row), number);
  };
  let texts = null; // lower-case words of each row, made when first needed
  const contains = (word) => {
    const coded = columns.filter((c) => c.words);
    texts ??= Array.from({ length: size }, (_, row) => coded.map((c) => value(c, row)).join("\n").toLowerCase());
    return (row) => texts[row].includes(word.toLowerCase());
  };
  const parse = (query) => [...query.matchAll(TERM)].map(([, q1, name, sign, q2, wanted, quoted, word]) => {
    if (sign) return condition(q1 ?? name, sign, q2 ?? wanted);
    if (/^[<>=!≤≥]/.test(word)) throw new Error(`A condition is a column, a sign and a value, e.g. ${data.example}.`);
    return contains(quoted ?? word);
  });

  // ---- the table: sorted, filtered, a page of it at a time
  const state = { by: null, falling: false, rows: [], page: 0, size: 25, chosen: null };
  const table = byId("rows");
  const visible = () => columns.filter((c) => c.shown);

  const sorted = (rows) => {
    if (!state.by) return state.falling ? rows.reverse() : rows;
    const keys = state.by.ranks || state.by.values;
    const turn = state.falling ? -1 : 1;
    return rows.sort((a, b) => {
      const one = keys[a], two = keys[b];
      if (Number.isNaN(one) || Number.isNaN(two)) return Number.isNaN(one) - Number.isNaN(two) || a - b; // last, always
      return one < two ? -turn : one > two ? turn : a - b;
    });
  };
  const select = () => {
    const query = byId("query");
    let holds = [];
    try {
      holds = parse(query.value);
      query.removeAttribute("aria-invalid");
    } catch (error) {
      query.setAttribute("aria-invalid", "true");
      byId("count").textContent = error.message;
      return;
    }
    const rows = [];
    for (let row = 0; row < size; row++) if (holds.every((one) => one(row))) rows.push(row);
    state.rows = sorted(rows);
    state.page = 0;
    const of = size.toLocaleString("en");
    byId("count").textContent = rows.length === size ? `${of} rows` : `${rows.length.toLocaleString("en")} of ${of} rows`;
    fill();
  };
  const heading = () => {
    const row = table.tHead.rows[0];
    row.replaceChildren();
    for (const column of [null, ...visible()]) {
      const cell = make("th", undefined, { scope: "col" });
      const active = state.by === column;
      if (active) cell.setAttribute("aria-sort", state.falling ? "descending" : "ascending");
      const button = make("button", column ? column.label : "#", { type: "button" });
      if (!column) button.setAttribute("aria-label", "Row number");
      else if (column.label !== column.name) button.title = column.name;
      button.append(make("span", active ? (state.falling ? "▼" : "▲") : "", { class: "sign", "aria-hidden": "true" }));
      if (column && !column.words) cell.className = "number";
      button.addEventListener("click", () => {
        state.falling = active && !state.falling;
        state.by = column;
        select();
        heading();
        row.cells[[null, ...visible()].indexOf(column)].firstChild.focus();
      });
      // browsers do not repeat buttons at the top of each printed page, but words
      cell.append(button, make("span", column ? column.label : "#", { class: "printed", "aria-hidden": "true" }));
      row.append(cell);
    }
  };
  const cellOf = (column, row) => {
    const text = shown(column, row);
    const words = /note|file|path|verdict/.test(column.name) ? "text note" : text.length < 25 ? "text short" : "text";
    const kind = column.words ? words : "number";
    const cell = make("td", text, { class: kind });
    if (column.words) cell.dir = "auto";
    else if (text === "") { cell.className += " none"; cell.append(make("span", "undefined", { class: "unseen" })); }
    return cell;
  };
  const fill = (all = false) => {
    const step = all || state.size === 0 ? Math.max(state.rows.length, 1) : state.size;
    const from = all ? 0 : state.page * step;
    const body = document.createDocumentFragment();
    const kept = visible();
    for (const row of state.rows.slice(from, from + step)) {
      const line = make("tr", undefined, { "data-row": row });
      const first = make("td", undefined, { class: "number" });
      const words = `Row ${row + 1}: show ${pairName(data.pair[row])}`;
      first.append(make("button", row + 1, { type: "button", "aria-label": words }));
      line.append(first, ...kept.map((column) => cellOf(column, row)));
      if (row === state.chosen) line.setAttribute("aria-current", "true");
      body.append(line);
    }
    table.tBodies[0].replaceChildren(body);
    const pages = Math.max(1, Math.ceil(state.rows.length / step));
    byId("page").textContent = `Page ${state.page + 1} of ${pages}`;
    byId("back").disabled = state.page === 0;
    byId("forward").disabled = state.page + 1 >= pages;
  };
  const turn = (by) => { state.page += by; fill(); };

  table.tBodies[0].addEventListener("click", (event) => {
    const line = event.target.closest("tr");
    const reading = String(window.getSelection()) && !event.target.closest("button"); // words are being marked
    if (line && !reading) showRow(Number(line.dataset.row));
  });
  table.tBodies[0].addEventListener("keydown", (event) => {
    const by = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const line = by && event.target.closest("tr")[by];
    if (line) { line.querySelector("button").focus(); event.preventDefault(); }
  });
  byId("query").addEventListener("input", select);
  byId("size").addEventListener("change", (event) => { state.size = Number(event.target.value); state.page = 0; fill(); });
  byId("back").addEventListener("click", () => turn(-1));
  byId("forward").addEventListener("click", () => turn(1));
  columns.forEach((column, k) => {
    const label = make("label", undefined, { for: `column-${k}` });
    const box = make("input", undefined, { type: "checkbox", id: `column-${k}` });
    box.checked = column.shown;
    box.addEventListener("change", () => { column.shown = box.checked; heading(); fill(); });
    label.append(box, ` ${column.label}`);
    byId("choices").append(label);
  });
  byId("columns").addEventListener("keydown", (event) => {
    if (event.key === "Escape") { byId("columns").open = false; byId("columns").firstElementChild.focus(); }
  });
  byId("save").addEventListener("click", () => {
    const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const exact = (column, row) => {
      const v = value(column, row);
      return column.words ? quoted(v) : Number.isNaN(v) ? "" : Number.isFinite(v) ? String(v) : v > 0 ? "inf" : "-inf";
    };
    const lines = [columns.map((c) => quoted(c.name)), ...state.rows.map((row) => columns.map((c) => exact(c, row)))];
    const link = make("a", undefined, { download: "rows.csv" });
    link.href = URL.createObjectURL(new Blob([lines.map((l) => l.join(",") + "\n").join("")], { type: "text/csv" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });

  // ---- pairs: the panel of one at a time
  const panels = [...document.querySelectorAll(".panel[data-pair]")];
  const panelOf = new Map(panels.map((panel) => [Number(panel.dataset.pair), panel]));
  const other = byId("other");
  const present = (panel, focus) => {
    for (const one of document.querySelectorAll(".panel.chosen")) one.classList.remove("chosen");
    panel.classList.add("chosen");
    other.hidden = panel !== other;
    if (panels.length) {
      const at = panels.indexOf(panel);
      byId("panel").selectedIndex = at;
      byId("previous").disabled = at <= 0;
      byId("next").disabled = at + 1 >= panels.length;
    }
    if (focus) {
      panel.querySelector("h3").focus({ preventScroll: true });
      panel.scrollIntoView({ block: "nearest" });
    }
  };
  // A region of a panel: its outlines in all pictures and its rows; null: none is marked.
  const mark = (panel, region) => {
    for (const one of panel.querySelectorAll("[data-region]")) one.classList.toggle("marked", one.dataset.region === region);
  };
  for (const panel of panels) {
    panel.addEventListener("click", (event) => {
      const one = event.target.closest("[data-region]");
      if (!one) return;
      mark(panel, one.dataset.region);
      const row = panel.querySelector("tr.marked");
      if (row && one.tagName !== "TR") row.scrollIntoView({ block: "nearest" });
    });
  }
  const describe = (pair) => { // a pair that has no pictures
    const rows = [];
    data.pair.forEach((one, row) => { if (one === pair) rows.push(row); });
    const kept = columns.filter((c) => (c.metric || c.shown) && !/^image_[12]$/.test(c.name));
    byId("other-heading").textContent = pairName(pair);
    const [head, body] = [other.querySelector("thead tr"), other.querySelector("tbody")];
    head.replaceChildren(...kept.map((c) => make("th", c.label, { scope: "col", class: c.words ? "text" : "number" })));
    body.replaceChildren(...rows.slice(0, data.most).map((row) => {
      const line = make("tr");
      line.append(...kept.map((c) => cellOf(c, row)));
      return line;
    }));
  };
  const showRow = (row) => {
    state.chosen = row;
    for (const line of table.tBodies[0].rows) {
      if (Number(line.dataset.row) === row) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    }
    const pair = data.pair[row];
    if (!panelOf.has(pair)) describe(pair);
    const panel = panelOf.get(pair) || other;
    const region = named("region");
    mark(panel, region ? String(value(region, row)) : null);
    present(panel, true);
  };
  for (const button of document.querySelectorAll("button[data-find]")) {
    button.addEventListener("click", () => {
      byId("query").value = button.dataset.find;
      select();
      byId("query").focus();
      byId("table").scrollIntoView();
    });
  }
  if (panels.length) {
    const choice = byId("panel");
    choice.addEventListener("change", () => present(panels[choice.selectedIndex], false));
    byId("previous").addEventListener("click", () => present(panels[choice.selectedIndex - 1], false));
    byId("next").addEventListener("click", () => present(panels[choice.selectedIndex + 1], false));
    present(panels[0], false);
  }

  // ---- heat maps: a cell at a time, by mouse or by keys
  const maps = [...document.querySelectorAll(".map")];
  maps.forEach((figure, m) => {
    const { cells, across, down, numbers, own } = data.maps[m];
    const [box, svg, said] = [".cellbox", ".cells", ".cell"].map((name) => figure.querySelector(name));
    const cursor = svg.querySelector(".cursor");
    const [left, top, wide, tall] = ["left", "top", "x", "y"].map((name) => Number(svg.dataset[name]));
    const at = { i: 0, j: 0 };
    const column = (j) => columns[numbers.length > 1 ? numbers[j] : numbers[0]];
    const go = (i, j, follow) => {
      at.i = Math.min(Math.max(i, 0), down.length - 1);
      at.j = Math.min(Math.max(j, 0), across.length - 1);
      cursor.setAttribute("x", left + at.j * wide);
      cursor.setAttribute("y", top + at.i * tall);
      const cell = at.i * across.length + at.j;
      const words = numbers.length > 1 ? down[at.i] : `${down[at.i]}, ${across[at.j]}`;
      const number = own ? shownNumber(own[cell] === null ? NaN : Number(own[cell])) : cells[cell] < 0 ? null : shown(column(at.j), cells[cell]);
      said.textContent = `${words}: ${number === null ? "not compared" : `${column(at.j).label} ${number || "undefined"}`}`;
      if (follow) cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
    };
    const openCell = () => {
      const row = cells[at.i * across.length + at.j];
      if (row >= 0) showRow(row);
    };
    box.addEventListener("keydown", (event) => {
      const last = across.length - 1;
      const steps = {
        ArrowUp: [at.i - 1, at.j], ArrowDown: [at.i + 1, at.j], ArrowLeft: [at.i, at.j - 1], ArrowRight: [at.i, at.j + 1],
        Home: [event.ctrlKey ? 0 : at.i, 0], End: [event.ctrlKey ? down.length - 1 : at.i, last],
        PageUp: [at.i - 10, at.j], PageDown: [at.i + 10, at.j],
      };
      if (event.key in steps) go(...steps[event.key], true);
      else if (event.key === "Enter" || event.key === " ") openCell();
      else return;
      event.preventDefault();
    });
    box.addEventListener("focus", () => go(at.i, at.j, false));
    const under = (event) => {
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const [i, j] = [Math.floor((place.y - top) / tall), Math.floor((place.x - left) / wide)];
      return i >= 0 && j >= 0 && i < down.length && j < across.length ? [i, j] : null;
    };
    svg.addEventListener("pointermove", (event) => {
      const cell = under(event);
      cursor.classList.toggle("on", Boolean(cell));
      if (cell) go(...cell, false);
    });
    svg.addEventListener("pointerleave", () => cursor.classList.remove("on"));
    svg.addEventListener("click", (event) => { if (under(event)) { go(...under(event), false); openCell(); } });
  });
  const choose = byId("map");
  const presentMap = (k) => maps.forEach((figure, m) => figure.classList.toggle("chosen", m === k));
  if (choose) choose.addEventListener("change", () => presentMap(choose.selectedIndex));
  presentMap(0);

  window.addEventListener("beforeprint", () => fill(true)); // every row that the filter leaves
  window.addEventListener("afterprint", () => fill());
  heading();
  select();
})();
