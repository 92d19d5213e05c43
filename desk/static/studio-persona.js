"use strict";
// A slider and its number say the same; the strengths on offer are those of the chosen feeling.
(() => {
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset.number) document.getElementById(field.dataset.number).value = field.value;
    else if (field.type === "number") {
      const slider = document.querySelector(`[data-number="${field.id}"]`);
      if (slider) slider.value = field.value;
    }
  });
  document.addEventListener("change", (event) => {
    const id = event.target.dataset.levels;
    if (!id) return;
    const options = [...document.getElementById(id).options];
    for (const option of options) option.hidden = option.disabled = option.dataset.of !== event.target.value;
    options.find((option) => !option.disabled).selected = true;
  });
})();
