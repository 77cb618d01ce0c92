"use strict";
// The page is complete without this script, which adds filtering and copying.
const form = document.getElementById("filter");

function showLocalTimes() {
  for (const element of document.querySelectorAll("time")) {
    const instant = new Date(element.dateTime);
    if (Number.isNaN(instant.getTime()) || instant.getTimezoneOffset() === 0) continue;
    const local = instant.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
    element.textContent = `${local} (${element.textContent})`;
  }
}

function rememberCounts() {
  for (const count of document.querySelectorAll("details.operation .count")) {
    count.dataset.all = count.textContent;
    count.dataset.rows = count.closest("details").querySelectorAll("tr[data-verdict]").length;
  }
}

function filter() {
  const text = document.getElementById("search").value.trim().toLowerCase();
  const verdict = document.getElementById("verdict").value;
  const level = document.getElementById("level").value;
  const filtered = Boolean(text || verdict || level);
  let all = 0, matches = 0;
  for (const group of document.querySelectorAll("details.operation")) {
    let visible = 0;
    for (const row of group.querySelectorAll("tr[data-verdict]")) {
      const fits = (!verdict || row.dataset.verdict === verdict)
        && (!level || row.dataset.level === level)
        && (!text || row.textContent.toLowerCase().includes(text));
      row.hidden = !fits;
      visible += fits;
      all += 1;
    }
    group.hidden = visible === 0;
    group.open = filtered && visible > 0;
    const count = group.querySelector(".count");
    count.textContent = filtered ? `${visible} of ${count.dataset.rows}` : count.dataset.all;
    matches += visible;
  }
  document.getElementById("matches").textContent = filtered ? `${matches} of ${all}` : `${all} requirements`;
}

async function copyText(code) {
  getSelection().selectAllChildren(code); // the text stays selected, so that it can be copied manually
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}

async function copy(button) {
  const copied = await copyText(button.parentElement.querySelector("code"));
  const label = button.firstChild;
  label.data = copied ? "Copied" : "Selected";
  button.dataset.state = copied ? "copied" : "selected";
  setTimeout(() => { label.data = "Copy"; delete button.dataset.state; }, 3000);
}

function expandTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let element = target; element; element = element.parentElement) if (element.tagName === "DETAILS") element.open = true;
  if (target) target.scrollIntoView();
}

showLocalTimes();
if (form) {
  rememberCounts();
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
}
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button) copy(button);
});
addEventListener("hashchange", expandTarget);
if (location.hash) expandTarget();

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => { for (const details of closed) details.open = false; });
