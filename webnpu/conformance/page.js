"use strict";
// A tap on a cell shows what a mouse shows as its title.
const detail = document.getElementById("detail");
document.addEventListener("click", (event) => {
  const cell = event.target.closest("td[title]");
  detail.hidden = !cell;
  detail.textContent = cell ? cell.title : "";
});

// A filter shows the cases that contain all its words; without one, the first cases of a long list.
for (const search of document.querySelectorAll(".search")) {
  const items = [...search.nextElementSibling.children];
  const later = items.filter((item) => item.classList.contains("later"));
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of items) {
      const text = item.textContent.toLowerCase();
      item.classList.toggle("filtered", !words.every((word) => text.includes(word)));
    }
    for (const item of later) item.classList.toggle("later", !words.length);
  });
  if (later.length) {
    const more = document.createElement("p");
    more.className = "muted";
    more.textContent = `${later.length} more are found by the filter, and in the JSON.`;
    search.nextElementSibling.after(more);
  }
}
