/* A page that is opened from disk may start no worker in Chromium, and the search is
   one. Here it runs in a hidden frame instead, which has a global scope of its own, too. */
if (location.protocol === "file:")
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.ready = new Promise((resolve) => {
        frame.onload = () => {
          const scope = frame.contentWindow;
          scope.postMessage = (data) =>
            this.dispatchEvent(new MessageEvent("message", { data }));
          const script = scope.document.createElement("script");
          script.src = url;
          script.onload = () => resolve(scope);
          scope.document.body.append(script);
        };
      });
      document.body.append(frame);
    }

    async postMessage(data) {
      const scope = await this.ready; // a message that comes before that waits
      scope.dispatchEvent(new scope.MessageEvent("message", { data }));
    }
  };
