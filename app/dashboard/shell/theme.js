// Dark or light as the system has it, unless the user chose; set before anything is drawn.
const THEMES = ["auto", "light", "dark"];

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  localStorage.setItem("trainshed.theme", name);
  document.dispatchEvent(new Event("theme")); // charts draw themselves anew
}

document.documentElement.dataset.theme = localStorage.getItem("trainshed.theme") ?? "auto";
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("theme")));

document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("theme");
  const show = () => {
    const name = document.documentElement.dataset.theme;
    button.textContent = { auto: "◐", light: "☀", dark: "☾" }[name];
    button.setAttribute("aria-label", `Colours: ${name}`);
    button.title = button.getAttribute("aria-label");
  };
  button.addEventListener("click", () => {
    setTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]);
    show();
  });
  show();
});
