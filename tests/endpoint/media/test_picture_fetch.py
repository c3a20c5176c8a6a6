"""Fetching pictures from a real host: what is taken, what is refused, and how long it takes."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.endpoint.media.conftest import CAMERA, bomb, picture
from tests.support.server import free_port
from urbansdg.egress.egress_policy import Egress
from urbansdg.endpoint.media.picture_fetch import (
    PictureUnavailable,
    decode_picture,
    fetch_picture,
)
from urbansdg.settings import Settings, read_settings

if TYPE_CHECKING:
    from tests.endpoint.media.conftest import PictureHost


def _fetch(host: PictureHost, settings: Settings, path: str) -> Image.Image:
    pictures = fetch_picture(host.url(path), settings, Egress.for_media(settings))
    return Image.open(io.BytesIO(pictures["full"].body))


def _refusal(host: PictureHost, settings: Settings, path: str) -> PictureUnavailable:
    with pytest.raises(PictureUnavailable) as refused:
        _fetch(host, settings, path)
    return refused.value


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/good.jpg", (1600, 800)),
        ("/good.png", (640, 480)),
        ("/good.gif", (64, 48)),
        ("/good.webp", (64, 48)),
    ],
)
def test_pictures_are_encoded_again(
    host: PictureHost, settings: Settings, path: str, size: tuple[int, int]
) -> None:
    """JPEG, PNG, GIF and WebP become WebP of at most 1,600 pixels, and look as before."""
    image = _fetch(host, settings, path)
    assert (image.format, image.size) == ("WEBP", size)
    red, _, blue = image.convert("RGB").getpixel((size[0] // 4, size[1] // 2))  # type: ignore[misc]
    assert red > 200
    assert blue < 60


def test_a_request_says_who_asks(host: PictureHost, settings: Settings) -> None:
    """Each request names this program: some hosts refuse requests that name none."""
    _fetch(host, settings, "/to?/good.gif")
    assert host.agents == {"urbansdg"}


def test_what_a_camera_noted_is_left_behind(host: PictureHost, settings: Settings) -> None:
    """The picture is turned upright, and neither the camera nor the place is in the new file."""
    pictures = fetch_picture(host.url("/noted.jpg"), settings, Egress.for_media(settings))
    for encoded in pictures.values():
        image = Image.open(io.BytesIO(encoded.body))
        assert image.width < image.height
        assert not dict(image.getexif())
        assert CAMERA.encode() not in encoded.body
    assert (pictures["small"].width, pictures["small"].height) == (240, 480)


def test_a_polyglot_is_only_a_picture(host: PictureHost, settings: Settings) -> None:
    """What follows the picture in its file, such as a script or an archive, is left behind."""
    pictures = fetch_picture(host.url("/polyglot.jpg"), settings, Egress.for_media(settings))
    assert b"script" not in pictures["full"].body
    assert b"PK\x03\x04" not in pictures["full"].body


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/script.svg", "has the type 'image/svg+xml'"),
        ("/svg-as-png.png", "is not a picture in"),
        ("/page.png", "has the type 'text/html'"),
        ("/page-as-png.png", "is not a picture in"),
        ("/typeless.png", "has the type 'application/octet-stream'"),
        ("/tiff.tif", "has the type 'image/tiff'"),
        ("/tiff-as-png.png", "is not a picture in"),
        ("/truncated.jpg", "cannot be decoded"),
        ("/truncated.png", "cannot be decoded"),
        ("/empty.png", "is not a picture in"),
        ("/bomb.png", "30000 x 1500 pixels"),
        ("/large.png", "is larger than 200,000 bytes"),
        ("/none.png", "status 404"),
    ],
)
def test_what_is_no_picture_is_refused(
    host: PictureHost, settings: Settings, path: str, words: str
) -> None:
    """SVG, other types, cut files, too many pixels or bytes and dead links give no picture."""
    refusal = _refusal(host, settings, path)
    assert words in str(refusal)
    assert not refusal.is_passing


@pytest.mark.parametrize("path", ["/broken.png", "/cut.jpg"])
def test_a_failure_of_the_host_may_pass(host: PictureHost, settings: Settings, path: str) -> None:
    """An error of the host, and a connection that ends early, may be gone the next time."""
    assert _refusal(host, settings, path).is_passing


@pytest.mark.parametrize("path", ["/silent.png", "/slow-head.png", "/slow-body.png"])
def test_a_slow_host_is_left(host: PictureHost, settings: Settings, path: str) -> None:
    """A host that is silent, or sends a byte at a time, is left at the time limit."""
    began = time.monotonic()
    refusal = _refusal(host, settings, path)
    assert time.monotonic() - began < 2 * settings.media_seconds
    assert refusal.is_passing


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:9/good.jpg",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/good.jpg",
        "http://[::1]/good.jpg",
        "http://10.0.0.1/good.jpg",
        "https://pictures.example/good.jpg",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
    ],
)
def test_a_redirect_leads_to_no_other_host(
    host: PictureHost, settings: Settings, target: str
) -> None:
    """A redirect to a host that the operator does not allow is not followed."""
    assert "not allowed" in str(_refusal(host, settings, f"/to?{target}"))


def test_redirects_at_the_host_are_followed(host: PictureHost, settings: Settings) -> None:
    """A redirect to an allowed host is followed, and a circle of redirects is not."""
    assert _fetch(host, settings, "/to?/good.png").size == (640, 480)
    circle = "/to?" * 8 + "/good.png"
    assert "redirects more than" in str(_refusal(host, settings, circle))


def test_an_allowed_host_at_a_private_address_is_refused(host: PictureHost) -> None:
    """The list of hosts alone opens no private network: that takes the list of networks."""
    settings = read_settings(media_hosts=host.name)
    before = len(host.paths)
    assert "the address 127.0.0.1 is not allowed" in str(_refusal(host, settings, "/good.jpg"))
    assert len(host.paths) == before


def test_a_metadata_service_is_never_contacted() -> None:
    """No list of networks opens the metadata service of a cloud."""
    settings = read_settings(media_hosts="169.254.169.254", media_networks="0.0.0.0/0")
    with pytest.raises(PictureUnavailable, match="not allowed"):
        fetch_picture("http://169.254.169.254/a.png", settings, Egress.for_media(settings))


def test_without_hosts_nothing_is_fetched(host: PictureHost) -> None:
    """The default fetches no picture from anywhere."""
    before = len(host.paths)
    assert "not allowed" in str(_refusal(host, read_settings(), "/good.jpg"))
    assert len(host.paths) == before


def test_a_host_that_is_gone_may_come_back() -> None:
    """A refused connection is a failure that may pass."""
    name = f"127.0.0.1:{free_port()}"
    settings = read_settings(media_hosts=name, media_networks="127.0.0.0/8")
    with pytest.raises(PictureUnavailable) as refused:
        fetch_picture(f"http://{name}/a.png", settings, Egress.for_media(settings))
    assert refused.value.is_passing


@pytest.mark.parametrize(
    "url",
    ["http://user:password@127.0.0.1/a.png", "http://127.0.0.1:x/a.png", "mailto:a@b.example"],
)
def test_odd_addresses_are_refused(settings: Settings, url: str) -> None:
    """Addresses with credentials, without a valid port, or of another scheme are refused."""
    with pytest.raises(PictureUnavailable, match="may not be fetched"):
        fetch_picture(url, settings, Egress.for_media(settings))


@pytest.mark.long
def test_the_most_pixels_fit_the_memory_of_the_child() -> None:
    """A picture with almost as many pixels as are allowed is decoded within the limit."""
    pictures = decode_picture(bomb(8_000, 4_900))
    assert (pictures["full"].width, pictures["full"].height) == (1600, 980)


def test_transparency_stays() -> None:
    """A transparent picture stays transparent."""
    body = io.BytesIO()
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(body, "PNG")
    image = Image.open(io.BytesIO(decode_picture(body.getvalue())["full"].body))
    assert image.mode == "RGBA"
    assert image.getpixel((5, 5))[3] == 0  # type: ignore[index]


@pytest.mark.long
@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_every_mode_of_colour_is_shown(mode: str) -> None:
    """Pictures in grey, with a palette, in inks or in 16 bits are encoded too."""
    body = io.BytesIO()
    Image.new(mode, (40, 30)).save(body, "JPEG" if mode == "CMYK" else "PNG")
    assert decode_picture(body.getvalue())["full"].width == 40


def test_an_animation_is_its_first_picture() -> None:
    """Of an animation the first picture is taken."""
    body = io.BytesIO()
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue")]
    frames[0].save(body, "GIF", save_all=True, append_images=frames[1:])
    image = Image.open(io.BytesIO(decode_picture(body.getvalue())["full"].body))
    assert getattr(image, "n_frames", 1) == 1
    assert image.convert("RGB").getpixel((5, 5))[0] > 200  # type: ignore[index]


@pytest.mark.parametrize("place", [20, 40, 60])
def test_a_flipped_byte_is_refused(place: int) -> None:
    """PNG has a checksum of each part: a damaged picture is refused, and nothing else happens."""
    body = bytearray(picture("PNG", (64, 48)))
    body[place] ^= 0xFF
    with pytest.raises(PictureUnavailable, match="cannot be"):
        decode_picture(bytes(body))
