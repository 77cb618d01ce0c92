"use strict";
// The page says everything without this; it only makes searching and copying quicker.
const form = document.getElementById("filter");

function filter() {
  const wanted = document.getElementById("search").value.trim().toLowerCase();
  const verdict = document.getElementById("verdict").value;
  const level = document.getElementById("level").value;
  const asked = Boolean(wanted || verdict || level);
  let all = 0, matches = 0;
  for (const group of document.querySelectorAll("details.operation")) {
    let here = 0;
    for (const row of group.querySelectorAll("tr[data-verdict]")) {
      const fits = (!verdict || row.dataset.verdict === verdict)
        && (!level || row.dataset.level === level)
        && (!wanted || row.textContent.toLowerCase().includes(wanted));
      row.hidden = !fits;
      here += fits;
      all += 1;
    }
    group.hidden = here === 0;
    group.open = asked && here > 0;
    matches += here;
  }
  document.getElementById("matches").textContent = asked ? `${matches} of ${all}` : `${all} requirements`;
}

async function copied(code) {
  getSelection().selectAllChildren(code); // what is copied can be seen, and copied by hand if all else fails
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}

async function copy(button) {
  const done = await copied(button.parentElement.querySelector("code"));
  const label = button.firstChild;
  label.data = done ? "Copied" : "Selected";
  button.dataset.state = done ? "copied" : "selected";
  setTimeout(() => { label.data = "Copy"; delete button.dataset.state; }, 3000);
}

function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
  if (target) target.scrollIntoView();
}

if (form) {
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
addEventListener("hashchange", unfold);
if (location.hash) unfold();

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const each of folded) each.open = true;
});
addEventListener("afterprint", () => { for (const each of folded) each.open = false; });
