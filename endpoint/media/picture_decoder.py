"""Decoding a picture and writing it anew: the code of a child process, which may die of it.

A picture from outside is never sent on. It is decoded, made smaller and encoded as WebP, so that
whatever else its file holds is left behind: the place where it was taken, scripts, archives. The
child imports nothing of this package, see `urbansdg.sandbox.child_process.call`.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL import Image

FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")
"""The formats that are decoded. SVG is none of them: it is a document with scripts and links."""

MOST_PIXELS: Final = 40_000_000
SIZES: Final = {"full": 1600, "small": 480}
"""The longest edges of the pictures that are made, in pixels."""

_QUALITY: Final = 80


def reencode(order: dict[str, str]) -> dict[str, Any]:
    """Return a picture (`picture`, in base64) as WebP in each of the sizes.

    The answer has `pictures`, by size: `body` in base64, `width` and `height`; or `refused`, which
    says why there is none.
    """
    from PIL import Image, UnidentifiedImageError  # 10 ms, which the server needs not take

    Image.MAX_IMAGE_PIXELS = None  # the size is checked below, before anything is decoded
    try:
        with Image.open(io.BytesIO(base64.b64decode(order["picture"])), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                return {"refused": f"it has {width} x {height} pixels, more than {MOST_PIXELS:,}"}
            picture.draft("RGB", (SIZES["full"], SIZES["full"]))  # JPEG: decodes fewer pixels
            picture.load()
            return {"pictures": dict(_sizes(picture))}
    except UnidentifiedImageError:
        return {"refused": f"it is not a picture in {', '.join(FORMATS)}"}
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # decoders raise errors of many classes
        return {"refused": f"it cannot be decoded ({type(error).__name__}: {error})"[:300]}


def _sizes(picture: Image.Image) -> Any:  # noqa: ANN401  # an iterator of pairs for JSON
    """Yield each size with the picture in it, the largest first: each is made from the one before.

    The orientation that the camera noted is applied; the note itself is lost with the rest.
    """
    from PIL import Image, ImageOps

    picture.thumbnail((SIZES["full"], SIZES["full"]))
    upright = ImageOps.exif_transpose(picture)
    has_alpha = "A" in upright.getbands() or "transparency" in upright.info
    mode = "RGBA" if has_alpha else "RGB"
    bare = Image.new(mode, upright.size)  # has no metadata that an encoder could repeat
    bare.paste(upright.convert(mode))
    for name, edge in SIZES.items():
        bare.thumbnail((edge, edge))
        body = io.BytesIO()
        bare.save(body, "WEBP", quality=_QUALITY)
        text = base64.b64encode(body.getvalue()).decode("ascii")
        yield name, {"body": text, "width": bare.width, "height": bare.height}
