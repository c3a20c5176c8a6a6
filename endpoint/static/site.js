// The script of the site: suggestions in the search box, buttons that copy, short addresses of
// forms. Every task works without it. It loads nothing but /suggest. At most 10 kB (a test).
(() => {
  "use strict";
  const DELAY = 150; // milliseconds after the last key
  const MOST = 8;
  const words = document.currentScript.dataset;
  let boxes = 0;

  // A combobox with a list of suggestions (WAI-ARIA 1.2, "Editable Combobox With List Autocomplete").
  function combobox(input) {
    const address = input.dataset.suggest;
    const list = document.createElement("ul");
    const status = document.createElement("div");
    const id = `suggestions-${++boxes}`;
    let options = [], active = -1, timer = 0, request = null;

    list.id = id;
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", words.suggestions);
    list.hidden = true;
    status.className = "unseen";
    status.setAttribute("role", "status");
    input.after(list, status);
    input.parentElement.classList.add("suggesting");
    input.autocomplete = "off";
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id,
    })) input.setAttribute(name, value);

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function choose(number) {
      options.forEach((option, n) => option.setAttribute("aria-selected", String(n === number)));
      active = number;
      if (number < 0) input.removeAttribute("aria-activedescendant");
      else {
        input.setAttribute("aria-activedescendant", options[number].id);
        options[number].scrollIntoView({ block: "nearest" });
      }
    }

    function go(option) {
      if (option.dataset.href) location.assign(option.dataset.href);
      else {
        input.value = option.dataset.text;
        close();
        input.form.requestSubmit();
      }
    }

    function show([, names, notes = [], addresses = []]) {
      options = names.slice(0, MOST).map((name, n) => {
        const option = document.createElement("li");
        option.id = `${id}-${n}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.text = name;
        if (addresses[n]) { // on this site, whatever the host that the reader came by
          const { pathname, search, hash } = new URL(addresses[n], location);
          option.dataset.href = pathname + search + hash;
        }
        const text = document.createElement("bdi");
        text.textContent = name;
        option.append(text);
        if (notes[n]) {
          const note = document.createElement("span");
          note.className = "note";
          note.textContent = notes[n];
          option.append(" ", note);
        }
        option.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus
        option.addEventListener("click", () => go(option));
        return option;
      });
      list.replaceChildren(...options);
      active = -1;
      list.hidden = options.length === 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
      status.textContent = options.length ? words.count.replace("{n}", options.length) : words.none;
    }

    async function suggest() {
      const text = input.value.trim();
      request?.abort();
      if (!text) return close();
      request = new AbortController();
      try {
        const url = new URL(address, location);
        url.searchParams.set("q", text);
        const response = await fetch(url, { signal: request.signal });
        if (response.ok && input === document.activeElement) show(await response.json());
      } catch { /* a suggestion is help, not an answer */ }
    }

    input.addEventListener("input", (event) => {
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(suggest, DELAY);
    });
    input.addEventListener("compositionend", () => { // a syllable of Hangul, kana, hanzi is whole
      clearTimeout(timer);
      timer = setTimeout(suggest, DELAY);
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const isOpen = !list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!isOpen) { suggest(); return; }
        const step = event.key === "ArrowDown" ? 1 : -1;
        choose(active + step < -1 ? options.length - 1 : active + step >= options.length ? -1 : active + step);
      } else if (event.key === "Enter" && isOpen && active >= 0) {
        event.preventDefault();
        go(options[active]);
      } else if (event.key === "Escape" && isOpen) {
        event.preventDefault();
        close();
      }
    });
    input.addEventListener("blur", close);
  }

  // A button beside a text that copies it: <... data-copyable>, or data-copyable="#id" for another element.
  function copier(element) {
    if (!navigator.clipboard) return;
    const source = element.dataset.copyable ? document.querySelector(element.dataset.copyable) : element;
    const text = source.textContent.trim();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = words.copy;
    const name = `${words.copy}: ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
    button.setAttribute("aria-label", name);
    const status = document.createElement("span");
    status.className = "unseen";
    status.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(source.textContent.trim());
      button.textContent = status.textContent = words.copied;
      setTimeout(() => {
        button.textContent = words.copy;
        status.textContent = "";
      }, 2000);
    });
    element.after(button, status);
  }

  // Fields that are empty are left out of the address, so that it can be shared.
  function shorten(form) {
    form.addEventListener("submit", () => {
      const empty = [...form.elements].filter((field) => field.name && field.value === "" && !field.required);
      for (const field of empty) field.disabled = true;
      setTimeout(() => { for (const field of empty) field.disabled = false; });
    });
  }

  function start() {
    document.querySelectorAll("input[data-suggest]").forEach(combobox);
    document.querySelectorAll("[data-copyable]").forEach(copier);
    document.querySelectorAll('form[method="get"]').forEach(shorten);
    const menus = [...document.querySelectorAll(".languages details")];
    document.addEventListener("click", (event) => {
      for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") for (const menu of menus) {
        if (menu.open && menu.contains(document.activeElement)) menu.querySelector("summary").focus();
        menu.open = false;
      }
    });
  }

  start();
})();
