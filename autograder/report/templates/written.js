"use strict";
const { base, xsrf, marks: gradebook } = document.body.dataset;
const most = Number(document.body.dataset.most);
const at = id => document.getElementById(id);
const inWords = points => (points === null ? "no points" : points === 1 ? "1 point" : `${points} points`);

/** What a reply holds; an Error with a reason for people where there is none. With `content`, it is put there. */
async function ask(address, content) {
  const put = { method: "PUT", body: JSON.stringify(content), headers: { "Content-Type": "application/json", "X-XSRFToken": xsrf } };
  let reply;
  try {
    reply = await fetch(address, content ? put : {});
  } catch {
    throw new Error("the server does not answer; is it running?");
  }
  const found = await reply.json().catch(() => ({}));
  if (reply.ok && !reply.redirected) return found;
  if (found.problem) throw new Error(found.problem);
  if (reply.status === 404) throw new Error("the gradebook has this answer no more; load the page again");
  if (reply.status >= 500) throw new Error("the gradebook could not be written to; another program may be at it");
  throw new Error("you are logged out; log in and load the page again");
}

class Card {
  constructor(node) {
    this.node = node;
    [this.points, this.comment, this.state] = ["input", "textarea", ".state"].map(part => node.querySelector(part));
    this.typed = { points: false, comment: false };
    this.theirs = [];
    this.kept = 0;
    this.turn = Promise.resolve();
    this.points.addEventListener("input", () => this.change("points", 900));
    this.comment.addEventListener("input", () => this.change("comment", 900));
    for (const box of [this.points, this.comment]) box.addEventListener("change", () => this.save());
  }

  get open() { return this.typed.points || this.typed.comment; }

  say(text, kind = "") {
    this.state.textContent = text;
    this.state.className = `state ${kind}`;
  }

  /** Takes over what the gradebook holds now. What somebody else changed is shown, or, in a box that is being typed in, noted. */
  take(mark) {
    const before = this.known;
    this.known = mark;
    const changed = { points: before?.score !== mark.score, comment: before?.comment !== mark.comment };
    const theirs = { points: inWords(mark.score), comment: "another comment" };
    for (const box of ["points", "comment"].filter(box => changed[box])) {
      if (!this.typed[box]) this[box].value = (box === "points" ? mark.score : mark.comment) ?? "";
      else if (before) this.theirs.push(theirs[box]);
    }
    if (before && !this.open && (changed.points || changed.comment)) this.say(`changed elsewhere, seen ${now()}`);
    if (!before) {
      this.points.placeholder = mark.auto ?? "";
      this.say(mark.needs ? (mark.score === null ? "to do" : "to look at again") : mark.score === null ? `${mark.auto} by the machine` : "graded");
    }
    this.colour();
  }

  colour() {
    const { needs, score } = this.known;
    for (const [name, on] of Object.entries({ todo: needs && score === null, again: needs && score !== null, done: !needs }))
      this.node.classList.toggle(name, on);
  }

  /** Something was typed into a box: it is saved after this many milliseconds without more. */
  change(box, wait) {
    this.typed[box] = true;
    this.say("…");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  give(points) {
    if (points > most) return this.say(`at most ${inWords(most)}`, "bad");
    this.points.value = points;
    this.change("points", 0);
  }

  /** Saves what is not saved yet; a mark that is to be looked at again counts as looked at. */
  settle() {
    if (this.known?.needs && this.points.value !== "") this.typed.points = true;
    return this.save();
  }

  save() {
    clearTimeout(this.timer);
    return (this.turn = this.turn.then(() => this.open && this.write()));
  }

  async write() {
    if (!this.points.validity.valid) return this.say(`not saved: 0 to ${inWords(most)}, in steps of a half`, "bad");
    let typed = {};
    this.say("saving …");
    try {
      await look();
      typed = this.typed;
      this.typed = { points: false, comment: false };
      const score = this.points.value === "" ? null : Number(this.points.value), comment = this.comment.value.trim() || null;
      const { grade, extra } = this.known, row = this.node.dataset.comment;
      if (typed.points) {
        const kept = await ask(`${base}/formgrader/api/grade/${grade}`, { manual_score: score, extra_credit: extra });
        this.known = { ...this.known, score: kept.manual_score, needs: kept.needs_manual_grade };
        typed.points = false;
      }
      if (typed.comment) {
        const kept = await ask(`${base}/formgrader/api/comment/${row}`, { manual_comment: comment });
        this.known = { ...this.known, comment: kept.manual_comment };
      }
      this.kept = performance.now();
      const instead = this.theirs.length ? `, in place of ${this.theirs.join(" and ")} that somebody else gave meanwhile` : "";
      this.theirs = [];
      this.say(`saved ${now()}${instead}`, "good");
      this.colour();
      count();
    } catch (problem) {
      for (const box in typed) this.typed[box] ||= typed[box];
      this.say(`not saved: ${problem.message}`, "bad");
    }
  }
}

const cards = [...document.querySelectorAll("article")].map(node => new Card(node));
const cardOf = new Map(cards.map(card => [card.node, card]));
const byGrade = new Map(cards.map(card => [card.node.dataset.grade, card]));
let current = null;

const now = () => new Date().toTimeString().slice(0, 8);

/** Takes over what the gradebook holds, but where something was saved since it was asked. */
async function look() {
  const asked = performance.now();
  for (const mark of (await ask(gradebook)).marks) {
    const card = byGrade.get(mark.grade);
    if (card && card.kept < asked) card.take(mark);
  }
  count();
}

async function lookAndSay() {
  try {
    await look();
    at("trouble").hidden = true;
  } catch (problem) {
    at("trouble").textContent = `Not up to date: ${problem.message}`;
    at("trouble").hidden = false;
  }
}

function count() {
  const waiting = cards.filter(card => card.known?.needs).length;
  at("waiting").textContent = waiting;
  at("outcome").textContent = waiting ? `${waiting} of ${cards.length} answers are to do.` : cards.length ? "All answers are graded." : "";
}

/** Answers that are to do, or all. One that is graded now stays where it is until this is asked for again. */
function show(all) {
  for (const card of cards) card.node.hidden = !all && !card.known?.needs && !card.open;
  at("show-all").setAttribute("aria-pressed", all);
  at("show-todo").setAttribute("aria-pressed", !all);
  if (!current || current.hidden) go(1);
}

function go(step) {
  const stops = [...cards.map(card => card.node).filter(node => !node.hidden), at("end")];
  const next = stops[Math.max(0, Math.min(stops.length - 1, stops.indexOf(current) + step))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "start" });
  current = next;
}

document.addEventListener("focusin", event => {
  current = event.target.closest("article, #end") ?? current;
});

document.addEventListener("keydown", event => {
  const box = event.target.closest("input, textarea, button, a, summary"), card = cardOf.get(current), { key } = event;
  const done = action => { event.preventDefault(); action(); };
  const next = () => { card?.settle(); go(1); };
  if (key === "Enter" && (event.ctrlKey || event.metaKey)) return done(next);
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (key === "Escape" && card) return done(() => card.node.focus({ preventScroll: true }));
  if (key === "Enter" && (!box || box === card?.points)) return done(next);
  if (box?.matches("input[type=number], textarea") || event.target.closest("aside")) return;
  if (key === "j" || key === "ArrowDown") return done(() => go(1));
  if (key === "k" || key === "ArrowUp") return done(() => go(-1));
  if (!card) return;
  if (key === "c") return done(() => card.comment.focus());
  if (/^[0-9]$/.test(key) && most > 9) card.points.select();
  else if (/^[0-9]$/.test(key)) done(() => card.give(Number(key)));
  else if (key === "." || key === ",") done(() => card.give(Math.floor(Number(card.points.value)) + (Number(card.points.value) % 1 ? 0 : 0.5)));
});

at("show-all").addEventListener("click", () => show(true));
at("show-todo").addEventListener("click", () => show(false));
at("hide-names").addEventListener("change", event => document.body.classList.toggle("hide-names", event.target.checked));
window.addEventListener("focus", lookAndSay);
setInterval(() => document.hidden || lookAndSay(), 20_000);
window.addEventListener("beforeunload", event => {
  for (const card of cards) card.save();
  if (cards.some(card => card.open)) event.preventDefault();
});
lookAndSay().then(() => show(!cards.some(card => card.known?.needs)));
