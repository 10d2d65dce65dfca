"use strict";
// Sorts the table of scores by the column that is clicked, and keeps the rows whose name holds what is typed.
const table = document.getElementById("score-table");
const body = table.tBodies[0];
const rows = [...body.rows];
const heads = [...table.tHead.rows[0].cells];
const key = (row, column) => row.cells[column].dataset.key;

function sort(column) {
  const sign = heads[column].getAttribute("aria-sort") === "ascending" ? -1 : 1;
  for (const head of heads) head.removeAttribute("aria-sort");
  heads[column].setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
  const compare = column ? (a, b) => a - b : (a, b) => a.localeCompare(b);
  const scored = rows.filter((row) => key(row, column));
  scored.sort((a, b) => sign * compare(key(a, column), key(b, column)));
  body.append(...scored, ...rows.filter((row) => !key(row, column)));  // who has no score stays last
}

heads.forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  button.addEventListener("click", () => sort(column));
  head.append(button);
});
heads[0].setAttribute("aria-sort", "ascending");

const filter = document.getElementById("filter");
filter.addEventListener("input", () => {
  const wanted = filter.value.trim().toLocaleLowerCase();
  for (const row of rows) row.hidden = !row.cells[0].textContent.toLocaleLowerCase().includes(wanted);
  const left = rows.filter((row) => !row.hidden).length;
  document.getElementById("shown").textContent = wanted ? `${left} of ${rows.length} students` : "";
});
document.querySelector(".tools").hidden = false;
