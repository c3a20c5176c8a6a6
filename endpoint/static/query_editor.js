// The query editor of /sparql: the Yasqe of Yasgui over the text area of the form.
// Without this script the form works as it is. It sends requests to this site only: the completers
// of Yasqe that ask other hosts are replaced by the vocabulary of the site and its suggestions.
(() => {
  "use strict";
  const form = document.getElementById("ask");
  const area = document.getElementById("query");
  const Yasqe = window.Yasgui?.Yasqe;
  if (!form || !area || !Yasqe) return;
  const { base, root, version, language, examples, choose, share, editor: name } = form.dataset;

  const get = (path) =>
    fetch(root + path, { headers: { accept: "application/json" } }).then((answer) =>
      answer.ok ? answer.json() : Promise.reject(new Error(`${path}: ${answer.status}`)));
  const terms = get(`/sparql/terms?lang=${encodeURIComponent(language)}`).catch(() => ({
    prefixes: {}, classes: [], properties: [],
  }));

  const shortened = (iri, prefixes) => {
    for (const [prefix, space] of Object.entries(prefixes)) {
      const local = iri.slice(space.length);
      if (iri.startsWith(space) && /^[A-Za-z_][\w-]*$/.test(local)) return [`${prefix}:${local}`, prefix];
    }
    return [`<${iri}>`, null];
  };

  // A hint has the name beside the term, and its prefix is declared when it is picked.
  const hint = (iri, label, prefixes, from, to) => {
    const [text, prefix] = shortened(iri, prefixes);
    return {
      text,
      from,
      to,
      render(element) {
        element.append(text);
        if (!label) return;
        const words = document.createElement("span");
        words.className = "hint-label";
        words.textContent = label;
        element.append(" ", words);
      },
      hint(editor, data) {
        editor.replaceRange(text, from ?? data.from, to ?? data.to, "complete");
        if (prefix && !(prefix in editor.getPrefixesFromQuery())) {
          editor.addPrefixes({ [prefix]: prefixes[prefix] });
        }
      },
    };
  };

  const termCompleter = (kind, list) => ({
    name: `site-${kind}`,
    autoShow: true,
    bulk: false,
    get: async (editor, token) => {
      const known = await terms;
      const sought = (token?.autocompletionString || token?.string || "").toLowerCase();
      if (!sought.trim()) return [];
      return known[list]
        .filter(([iri, label]) =>
          iri.toLowerCase().startsWith(sought) ||
          iri.toLowerCase().split(/[#/]/).pop().includes(sought) ||
          label.toLowerCase().includes(sought))
        .slice(0, 40)
        .map(([iri]) => iri);
    },
    postProcessSuggestion: (editor, token, iri) => iri,
    postprocessHints: async (editor, hints) => {
      const known = await terms;
      const labels = new Map(known[list]);
      const prefixes = { ...known.prefixes, ...editor.getPrefixesFromQuery() };
      return hints.map((one) => hint(one.text, labels.get(one.text), prefixes, one.from, one.to));
    },
  });

  // `<seoul` is completed to the IRI of a thing with that name.
  const thing = /<(\p{L}[^<>"{}|\\^`:\n]{1,60})$/u;
  const beforeCursor = (editor) => {
    const cursor = editor.getDoc().getCursor();
    return editor.getDoc().getLine(cursor.line).slice(0, cursor.ch);
  };
  const iriOf = (address) => {
    const url = new URL(address, location.href);
    const path = url.pathname.startsWith(root) ? url.pathname.slice(root.length) : url.pathname;
    if (path === "/describe") return url.searchParams.get("uri");
    if (path.startsWith("/doc/")) return base + path.replace("/doc/", "/id/");
    return path.startsWith("/id/") ? base + path : address;
  };
  const found = new Map();
  const thingCompleter = {
    name: "site-things",
    autoShow: true,
    bulk: false,
    isValidCompletionPosition: (editor) => thing.test(beforeCursor(editor)),
    preProcessToken: (editor, token) => {
      const cursor = editor.getDoc().getCursor();
      const word = beforeCursor(editor).match(thing)?.[1] ?? "";
      const from = { line: cursor.line, ch: cursor.ch - word.length - 1 };
      return { ...token, autocompletionString: word, from, to: { line: cursor.line, ch: cursor.ch } };
    },
    get: async (editor, token) => {
      const sought = token?.autocompletionString;
      if (!sought) return [];
      const query = `q=${encodeURIComponent(sought)}&lang=${encodeURIComponent(language)}`;
      const [, names = [], , addresses = []] = await get(`/suggest?${query}`).catch(() => []);
      const iris = addresses.map(iriOf);
      iris.forEach((iri, n) => found.set(iri, names[n]));
      return iris.filter(Boolean);
    },
    postprocessHints: async (editor, hints) => {
      const known = await terms;
      return hints.map((one) => {
        const made = hint(one.text, found.get(one.text), known.prefixes, one.from, one.to);
        const rest = editor.getDoc().getLine(one.to.line).slice(one.to.ch);
        if (rest.startsWith(">")) made.to = { line: one.to.line, ch: one.to.ch + 1 };
        return made;
      });
    },
  };

  const send = () => form.requestSubmit();
  const setUp = (known) => {
    Yasqe.defaults.autocompleters = [];
    Yasqe.forkAutocompleter("prefixes", {
      name: "site-prefixes",
      persistenceId: null,
      get: () => Promise.resolve(
        Object.entries(known.prefixes).map(([prefix, space]) => `${prefix}: <${space}>`).sort()),
    });
    Yasqe.forkAutocompleter("class", termCompleter("class", "classes"));
    Yasqe.forkAutocompleter("property", termCompleter("property", "properties"));
    Yasqe.registerAutocompleter(thingCompleter);
    Yasqe.defaults.autocompleters.push("variables");
    for (const foreign of ["prefixes", "class", "property"]) delete Yasqe.Autocompleters[foreign];

    const place = document.createElement("div");
    place.className = "query-editor";
    place.dir = "ltr";
    area.before(place);
    area.hidden = true;
    const editor = new Yasqe(place, {
      value: area.value,
      autofocus: false,
      persistenceId: null,
      consumeShareLink: null,
      showQueryButton: false,
      resizeable: false,
      editorHeight: "auto", // up to the height of the style sheet
      prefixCcApi: null,
      createShortLink: null,
      createShareableLink: (one) => {
        const pinned = version ? `&version=${version}` : "";
        return `${location.origin}${root}/sparql?query=${encodeURIComponent(one.getValue())}${pinned}`;
      },
      // Tab leaves the editor, as it leaves every field.
      extraKeys: {
        ...Yasqe.defaults.extraKeys, "Ctrl-Enter": send, "Cmd-Enter": send, Tab: false, "Shift-Tab": false,
      },
    });
    editor.getInputField().setAttribute("aria-label", name);
    const scroller = editor.getScrollerElement(); // a keyboard can scroll it
    for (const [key, text] of Object.entries({ tabindex: "0", role: "group", "aria-label": name })) {
      scroller.setAttribute(key, text);
    }
    for (const button of place.querySelectorAll("button")) button.type = "button";
    for (const button of place.querySelectorAll(".yasqe_share")) {
      button.title = share;
      button.setAttribute("aria-label", share);
    }
    form.addEventListener("submit", () => { area.value = editor.getValue(); });
    if (area.getAttribute("aria-invalid")) {
      const line = Number(form.dataset.line);
      if (line) editor.addLineClass(line - 1, "background", "wrong-line");
    }
    return editor;
  };

  const offerExamples = async (editor) => {
    const listed = await get(`/questions?format=json&lang=${encodeURIComponent(language)}`);
    const field = document.createElement("p");
    field.className = "query-examples";
    const label = document.createElement("label");
    label.htmlFor = "example";
    label.textContent = examples;
    const select = document.createElement("select");
    select.id = "example";
    select.append(new Option(choose, ""));
    for (const question of listed.questions) select.append(new Option(question.words, question.name));
    select.addEventListener("change", () => {
      const question = listed.questions.find((one) => one.name === select.value);
      if (question) editor.setValue(question.query);
    });
    field.append(label, " ", select);
    form.prepend(field);
  };

  terms.then(setUp).then((editor) => {
    form.classList.add("has-editor");
    return offerExamples(editor);
  }).catch((error) => {
    area.hidden = false;
    console.warn(error);
  });
})();
