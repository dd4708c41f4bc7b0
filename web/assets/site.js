// SPDX-License-Identifier: Apache-2.0
// Comforts only: every page works without this file.
"use strict";

// A button in the password field that shows what was typed.
for (const box of document.querySelectorAll(".with-reveal")) {
	const input = box.querySelector("input");
	const button = document.createElement("button");
	const show = (shown) => {
		input.type = shown ? "text" : "password";
		button.setAttribute("aria-label", shown ? box.dataset.hide : box.dataset.show);
		button.setAttribute("aria-pressed", String(shown));
	};
	button.type = "button";
	button.className = "reveal";
	button.addEventListener("click", () => show(input.type === "password"));
	input.form.addEventListener("submit", () => show(false));
	show(false);
	box.append(button);
}

// Fields that only some documents have are shown when one of these is chosen; without this file their hint says so.
for (const box of document.querySelectorAll("[data-when]:not([data-when=''])")) {
	const chosen = document.getElementById(box.dataset.when);
	const only = box.querySelector("[data-only]");
	const show = () => {
		box.hidden = !box.dataset.values.split(" ").includes(chosen.value);
	};
	if (!chosen)
		continue;
	if (only)
		only.hidden = true;
	chosen.addEventListener("change", show);
	addEventListener("pageshow", show);
	show();
}

// The last day of a document follows from the first and the years; the server works it out the same way.
for (const years of document.querySelectorAll("fieldset[id$=id_valid_years]")) {
	const from = document.getElementById(years.id.replace("years", "from"));
	const to = document.getElementById(years.id.replace("years", "to"));
	const follow = () => {
		const term = Number(years.querySelector(":checked")?.value);
		const day = from.valueAsDate;

		if (years.querySelector(":checked")?.value === "long")
			to.value = "";
		if (!term || !day)
			return;
		const month = day.getUTCMonth();
		day.setUTCFullYear(day.getUTCFullYear() + term);
		if (day.getUTCMonth() !== month)
			day.setUTCDate(0);
		to.valueAsDate = day;
	};
	if (!from || !to || to.type !== "date" || from.type !== "date")
		continue;
	years.addEventListener("change", follow);
	from.addEventListener("change", follow);
}

// "Send code" counts down until another code may be asked for; the server keeps its own count.
for (const button of document.querySelectorAll("button[data-wait]")) {
	const text = button.textContent;
	const until = Date.now() + 1000 * Number(button.dataset.wait || 0);
	const tick = () => {
		const left = Math.ceil((until - Date.now()) / 1000);
		button.disabled = left > 0;
		button.textContent = left > 0 ? `${text} (${left})` : text;
		if (left > 0)
			setTimeout(tick, 500);
	};
	tick();
}

// One submission at a time; coming back with the back button makes the form usable again.
for (const form of document.forms) {
	form.addEventListener("submit", (event) => {
		if (form.dataset.sent)
			event.preventDefault();
		form.dataset.sent = "yes";
	});
}
addEventListener("pageshow", () => {
	for (const form of document.forms)
		delete form.dataset.sent;
});

// What went wrong comes first for the keyboard and the screen reader.
const wrong = document.querySelector("[aria-invalid]");
if (wrong)
	wrong.focus();

// A page that waits for somebody looks again by itself; its link does the same.
const waiting = document.querySelector("[data-reload]:not([data-reload=''])");
if (waiting)
	setTimeout(() => location.reload(), 1000 * Number(waiting.dataset.reload));
