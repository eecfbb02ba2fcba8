"use strict";

// The table of claims and the papers behind them. The data stands in the page as JSON:
//   claims: id, paper (its place in papers), the fields of a claim as text, names (of its baselines, as they are
//           usually written), family, year, factor and confidence (as text), rank (the factor to sort by)
//   papers: id, title, about, link, first and count (its claims), pieces: [text, claims whose number covers it,
//           claims whose sentence covers it], claims counted within the paper
// Everything enters the page as text: nothing here makes markup out of strings.
(() => {
  const { claims, papers } = JSON.parse(document.getElementById("data").textContent);
  const byId = new Map(claims.map((claim) => [claim.id, claim]));
  const $ = (id) => document.getElementById(id);
  const reader = $("reader");

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  // As the macro loose() in SQL: without case, blanks and punctuation.
  const loose = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}+*]+/gu, "");
  const many = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

  // --- filters

  const controls = ["text", "family", "baseline", "hardware", "since", "paper"].map($);
  const [text, family, baseline, hardware, since, paper] = controls;

  function passing() {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = { baseline: loose(baseline.value), hardware: loose(hardware.value), paper: loose(paper.value) };
    return claims.filter(
      (claim) =>
        (!family.value || claim.family === family.value) &&
        (!since.value || (claim.year !== null && claim.year >= Number(since.value))) &&
        words.every((word) => searched(claim).text.includes(word)) &&
        Object.entries(wanted).every(([field, part]) => !part || searched(claim)[field].includes(part)),
    );
  }

  const cache = new Map();
  function searched(claim) {
    let found = cache.get(claim);
    if (!found) {
      const { title } = papers[claim.paper];
      const fields = ["method", "baseline", "metric", "setting", "hardware", "improvement", "family"];
      found = {
        text: [...fields.map((field) => claim[field]), ...claim.names, title].join("\n").toLowerCase(),
        baseline: [claim.baseline, ...claim.names].map(loose).join("\n"),
        hardware: loose(claim.hardware),
        paper: loose(title),
      };
      cache.set(claim, found);
    }
    return found;
  }

  function offer(list, values) {
    const counts = new Map();
    for (const value of values) if (value) counts.set(value, (counts.get(value) || 0) + 1);
    const sorted = [...counts].sort((a, b) => b[1] - a[1]);
    $(list).append(...sorted.map(([value]) => element("option", { value })));
  }

  // --- table

  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const keys = {
    method: (claim) => claim.method,
    baseline: (claim) => claim.baseline,
    metric: (claim) => claim.family,
    factor: (claim) => claim.rank,
    hardware: (claim) => claim.hardware,
    year: (claim) => claim.year,
    paper: (claim) => papers[claim.paper].title,
  };
  const LEAST = 100;
  let order = { key: "factor", sign: -1 };
  let visible = [];
  let limit = LEAST;

  // What is missing stands last either way; within equal ones the best factor goes first.
  function compare(a, b) {
    const key = keys[order.key];
    return compareBy(key(a), key(b), order.sign) || compareBy(a.rank, b.rank, -1);
  }

  function compareBy(a, b, sign) {
    const missing = (value) => value === null || value === "";
    if (missing(a) || missing(b)) return missing(a) - missing(b);
    return sign * (typeof a === "number" ? a - b : collator.compare(a, b));
  }

  function update() {
    visible = passing().sort(compare);
    limit = LEAST;
    draw();
  }

  function draw() {
    document.querySelector("tbody").replaceChildren(...visible.slice(0, limit).map(row));
    const found = visible.length === claims.length ? "" : `${visible.length.toLocaleString("en")} of `;
    $("count").textContent = claims.length ? found + many(claims.length, "claim") : "There are no claims here.";
    $("more").hidden = visible.length <= limit;
    $("more").textContent = `Show all ${visible.length.toLocaleString("en")}`;
    for (const head of document.querySelectorAll("th")) {
      const sorted = head.dataset.key === order.key;
      if (sorted) head.setAttribute("aria-sort", order.sign > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
  }

  function row(claim) {
    const { id, title } = papers[claim.paper];
    const cell = (name, ...children) => element("td", { class: name }, ...children);
    const small = (words) => (words && words !== claim.metric ? [element("small", {}, words)] : []);
    const made = element(
      "tr",
      {},
      cell("method", claim.method),
      cell("baseline", claim.baseline),
      cell("metric", ...small(claim.family), claim.metric, ...small(claim.setting)),
      cell("printed", effect(claim), element("a", { href: `#claim-${claim.id}` }, claim.improvement)),
      cell("factor", claim.factor),
      cell("hardware", claim.hardware),
      cell("year", claim.year === null ? "" : String(claim.year)),
      cell("paper", element("a", { href: `#paper-${id}`, title }, title)),
    );
    made.addEventListener("click", (event) => {
      if (!event.target.closest("a") && getSelection().isCollapsed) made.querySelector("a").click();
    });
    return made;
  }

  function effect(claim) {
    const arrow = { increase: "↑", decrease: "↓" }[claim.direction] || "";
    const said = { better: "better", worse: "worse" }[claim.effect] || "";
    return element("span", { class: `effect ${said}`, title: [claim.direction, said].filter(Boolean).join(", ") }, arrow);
  }

  // --- the paper

  let shown = null; // { paper, marks, cards } in the reader
  let opener = null;

  function show(place, claim) {
    if (!shown || shown.place !== place) {
      if (!reader.contains(document.activeElement)) opener = document.activeElement;
      shown = build(place);
      reader.scrollTop = 0;
      reader.hidden = false;
      reader.querySelector("h2").focus({ preventScroll: true });
    }
    point(claim);
  }

  function build(place) {
    const { title, about, link, first, count, pieces } = papers[place];
    const marks = [];
    const abstract = element("p", { class: "abstract" });
    let before = [];
    for (const [words, numbers, sentences] of pieces) {
      const begun = numbers.filter((number) => !before.includes(number)).map((number) => number + 1);
      const node = numbers.length
        ? element("mark", { "data-n": begun.join(",") || null }, element("a", {}, words))
        : element("span", {}, words);
      marks.push({ node, numbers, sentences });
      abstract.append(node);
      before = numbers;
    }
    const cards = claims.slice(first, first + count).map(card);
    reader.replaceChildren(
      element("div", { class: "bar" }, element("span", { id: "place" }), button("Close", close)),
      element("h2", { tabindex: "-1" }, title),
      element("p", { class: "about" }, about, ...(link ? [" ", web(link)] : [])),
      abstract,
      element("ol", {}, ...cards.map((made) => element("li", {}, made))),
    );
    return { place, first, marks, cards };
  }

  function card(claim, number) {
    const versus = claim.baseline ? [element("i", {}, " against "), claim.baseline] : [];
    const where = [claim.setting, claim.hardware].filter(Boolean).join(" · ");
    const known = [claim.direction, claim.effect].filter((word) => word !== "none" && word !== "neutral").join(", ");
    const sure = claim.confidence && `confidence ${claim.confidence}`;
    return element(
      "a",
      { class: "card", href: `#claim-${claim.id}` },
      element("span", { class: "n" }, String(number + 1)),
      element("span", { class: "what" }, effect(claim), element("b", {}, claim.improvement), ` ${claim.metric}`),
      element("span", { class: "factor", title: "factor" }, claim.factor),
      element("span", { class: "who" }, claim.method, ...versus),
      element("span", { class: "where" }, [where, known, sure].filter(Boolean).join(" · ")),
    );
  }

  // Marks the claim in the abstract and in the list; a mark that stands for several leads on to the next of them.
  function point(claim) {
    const { first, marks, cards } = shown;
    const current = claim ? claims.indexOf(claim) - first : -1;
    const from = document.activeElement.closest("mark");
    for (const { node, numbers, sentences } of marks) {
      node.classList.toggle("sentence", sentences.includes(current));
      if (!numbers.length) continue;
      state(node, numbers.includes(current));
      const next = numbers[(numbers.indexOf(current) + 1) % numbers.length];
      node.firstChild.setAttribute("href", `#claim-${claims[first + next].id}`);
    }
    cards.forEach((made, number) => state(made, number === current));
    const marked = marks.find(({ numbers }) => numbers.includes(current));
    const seen = claim ? [cards[current], marked && marked.node].filter(Boolean) : [];
    for (const one of from ? seen.reverse() : seen) one.scrollIntoView({ block: "nearest" });
    const at = visible.indexOf(claim);
    $("place").replaceChildren(
      ...(at < 0 ? [] : [step("Previous", at - 1), step("Next", at + 1), `${at + 1} of ${many(visible.length, "claim")}`]),
    );
  }

  function state(node, current) {
    if (current) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
  }

  function step(label, at) {
    const claim = visible[at];
    return element("a", { class: "step", href: claim ? `#claim-${claim.id}` : null, "aria-disabled": claim ? null : "true" }, label);
  }

  function button(label, action) {
    const made = element("button", { type: "button" }, label);
    made.addEventListener("click", action);
    return made;
  }

  function web(link) {
    if (!URL.canParse(link)) return "";
    const host = new URL(link).host;
    return element("a", { href: link, rel: "noopener noreferrer", target: "_blank" }, host);
  }

  function close() {
    if (!shown) return;
    shown = null;
    reader.hidden = true;
    reader.replaceChildren();
    if (/^#(claim|paper)-/.test(location.hash)) history.pushState(null, "", "#");
    if (opener && opener.isConnected) opener.focus({ preventScroll: true });
  }

  // --- addresses and keys: #claim-ID and #paper-ID open a paper, #family-NAME sets the filter

  function route() {
    const [, kind, id] = /^#(claim|paper|family)-(.+)$/.exec(decoded(location.hash)) || [];
    const claim = kind === "claim" && byId.get(id);
    const place = claim ? claim.paper : kind === "paper" ? papers.findIndex((one) => one.id === id) : -1;
    if (place >= 0) show(place, claim || null);
    else close();
    if (kind === "family" && [...family.options].some((option) => option.value === id)) {
      family.value = id;
      history.replaceState(null, "", "#claims");
      update();
      $("claims").scrollIntoView();
    }
  }

  function decoded(hash) {
    try {
      return decodeURIComponent(hash);
    } catch {
      return hash; // typed by hand
    }
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") close();
    if (event.target.closest("input, select")) return;
    const current = reader.querySelector("#place .step");
    const steps = reader.querySelectorAll("#place .step[href]");
    if (event.key === "/") {
      event.preventDefault();
      text.focus();
    } else if (event.key === "j" || event.key === "k") {
      const label = event.key === "j" ? "Next" : "Previous";
      if (current) [...steps].filter((one) => one.textContent === label).forEach((one) => one.click());
      else if (visible.length) location.hash = `#claim-${visible[0].id}`;
    }
  }

  for (const control of controls) control.addEventListener("input", update);
  $("reset").addEventListener("click", () => {
    for (const control of controls) control.value = "";
    update();
  });
  $("more").addEventListener("click", () => {
    limit = Infinity;
    draw();
  });
  for (const head of document.querySelectorAll("th")) {
    const { key } = head.dataset;
    if (!keys[key]) continue;
    head.querySelector("button").addEventListener("click", () => {
      const first = key === "factor" || key === "year" ? -1 : 1;
      order = { key, sign: order.key === key ? -order.sign : first };
      update();
    });
  }
  addEventListener("hashchange", route);
  addEventListener("keydown", pressed);
  addEventListener("beforeprint", () => {
    limit = Infinity;
    draw();
  });
  addEventListener("afterprint", () => {
    limit = LEAST;
    draw();
  });

  const years = [...new Set(claims.map((claim) => claim.year).filter((year) => year !== null))].sort((a, b) => b - a);
  since.append(...years.map((year) => element("option", { value: year }, String(year))));
  offer("baselines-known", claims.flatMap((claim) => claim.names));
  offer("hardware-known", claims.map((claim) => claim.hardware));
  offer("papers-known", papers.map((one) => one.title));
  document.querySelector("search").hidden = false;
  update();
  route();
})();
