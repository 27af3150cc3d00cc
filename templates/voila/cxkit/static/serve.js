// Loading, and what is said when the dashboard ends, sleeps or loses its line. Voilà calls the functions with its name.
(() => {
  // anywidget gives a widget two seconds to load its script; where a busy machine needs longer, it never hears the kernel.
  const limit = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => limit(Math.max(ms, 60000));

  const root = document.documentElement;
  const pause = 15000;
  let told = "", looking = false, looked = 0;

  const state = (name) => { root.dataset.state = name; };
  const kernel = () => JSON.parse(document.getElementById("jupyter-config-data")?.textContent || "{}");

  function say(what) {
    const box = document.getElementById("cx-notice");
    if (!box || what === told) return;
    told = what;
    box.hidden = !what;
    if (what) {
      box.firstElementChild.textContent = box.dataset[what];
      box.lastElementChild.hidden = what === "lost";
      state(what);
    } else {
      state("ready");
    }
  }

  // Voilà's own functions: it runs cells, has nothing new to say, and has sent the last cell.
  window.voila_heartbeat = () => {};
  window.voila_process = (cell, cells) => root.style.setProperty("--cx-done", cells ? cell / cells : 0);
  window.voila_finish = () => {
    const cells = 'script[type="application/vnd.voila.cell-output+json"]', widget = "application/vnd.jupyter.widget-view+json";
    for (const cell of document.querySelectorAll(cells)) {
      cell.parentElement.toggleAttribute("data-widget", widget in JSON.parse(cell.textContent).data);
    }
    const waiting = () => document.querySelector(`${cells}, .cx-output[data-widget]:not(:has(.jupyter-widgets))`);
    const show = () => {
      if (waiting() && Date.now() < until) return;
      watch.disconnect();
      // Two frames: one in which widgets are put into the page, one in which they are drawn.
      requestAnimationFrame(() => requestAnimationFrame(() => {
        document.getElementById("cx-loading")?.remove();
        if (root.dataset.state === "loading") state("ready");
        dispatchEvent(new Event("resize"));
      }));
    };
    const until = Date.now() + 10000;
    const watch = new MutationObserver(show);
    watch.observe(document.body, { childList: true, subtree: true });
    setTimeout(show, 10000);
    show();
  };

  // A kernel that ended has no address any more; a line that is cut has no answer.
  async function look() {
    const { baseUrl, kernelId } = kernel();
    if (!kernelId || looking || told === "asleep" || told === "unfinished") return;
    looking = true;
    looked = Date.now();
    try {
      const answer = await fetch(`${baseUrl}api/kernels/${kernelId}`, { credentials: "same-origin", cache: "no-store" });
      if (answer.ok) say("");
      else say(answer.status === 502 || answer.status === 504 ? "lost" : "asleep");
    } catch (error) {
      say("lost");
    } finally {
      looking = false;
    }
  }
  const soon = () => { if (Date.now() - looked > 2000) look(); };

  // The wire of the widgets tells first that something ended.
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("close", () => setTimeout(look, 300));
    }
  };

  // When a window changes its width, plotly forgets the height that a chart asked for, and the chart is gone.
  const known = new WeakSet();
  function keepHeight(chart) {
    if (!chart?.on || known.has(chart)) return;
    known.add(chart);
    const keep = () => { if (chart.layout?.height) chart.style.height = `${chart.layout.height}px`; };
    keep();
    chart.on("plotly_afterplot", keep);
  }
  const charts = new MutationObserver((changes) => {
    for (const { target } of changes) keepHeight(target.closest?.(".js-plotly-plot"));
  });

  function finish() {
    if (!document.getElementById("cx-end") || !kernel().kernelId) {
      document.getElementById("cx-loading")?.remove();
      say("unfinished");
      return;
    }
    charts.observe(document.body, { childList: true, subtree: true });
    window.cellLoaded = true;
    if (window.themeLoaded) window.voila_finish();
    setInterval(() => { if (!document.hidden) look(); }, pause);
    for (const event of ["focus", "pageshow", "pointerdown", "change"]) addEventListener(event, soon);
    document.addEventListener("visibilitychange", soon);
  }

  const cells = new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node.dataset?.cell) window.voila_process(node.dataset.cell, node.dataset.cells);
    }
  });
  cells.observe(root, { childList: true, subtree: true });
  addEventListener("DOMContentLoaded", () => { cells.disconnect(); finish(); });
})();
