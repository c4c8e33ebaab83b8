"""Word lists and prompt templates from which the recipe builds its texts."""

from __future__ import annotations

import re
from typing import Final


def split(text: str) -> tuple[str, ...]:
    """Splits a comma-separated list that may run over several lines."""
    return tuple(part.strip() for part in text.replace("\n", " ").split(",") if part.strip())


# `{}` takes a name without its article; `{a}` takes it with one.
OBJECT_TEMPLATES: Final = (
    "{}", "{a}", "a photo of {a}", "a picture of {a}", "photo of {a}", "a close-up of {a}",
    "a photo of the {}", "{} photo", "{a} in the background", "a blurry photo of {a}",
    "an old photo of {a}", "a black and white photo of {a}", "many {s}", "some {s}",
)  # fmt: skip

SCENE_TEMPLATES: Final = (
    "{a} on the beach", "{a} in the snow", "{a} in the grass", "{a} on a table", "{a} at night",
    "{a} in the street", "{a} in front of a house", "{a} in the water", "{a} on a white background",
    "{a} in a garden", "{a} in the kitchen", "{a} in the city", "{a} in the forest",
    "{a} on the road", "{a} by the window", "a man with {a}", "a woman with {a}",
    "a child with {a}", "people with {a}", "someone holding {a}", "me and {a}", "my {}", "our {}",
    "holiday {}", "the {} at sunset", "{a} outdoors", "{a} indoors", "a drawing of {a}",
    "a statue of {a}", "a painting of {a}", "inside {a}", "next to {a}",
)  # fmt: skip

COLOURS: Final = split(
    "red, green, blue, yellow, orange, purple, pink, brown, black, white, grey, gray, golden, "
    "silver, beige, turquoise, dark, light, colourful, colorful, striped, spotted"
)
ADJECTIVES: Final = split(
    "big, small, little, large, tiny, huge, old, new, young, wet, dry, dirty, clean, broken, "
    "empty, full, open, closed, happy, sad, funny, cute, fluffy, furry, wooden, metal, plastic, "
    "glass, stone, tall, short, long, round, sleeping, running, sitting, standing, flying, "
    "sliced, fresh, cooked, frozen, snowy, sunny, rainy, foggy, cloudy, stormy, beautiful, "
    "pretty, shiny, rusty, vintage, modern, crowded, quiet, wild, baby, toy, parked, burning, "
    "painted, decorated, bright, famous, ancient, abandoned, homemade, delicious, hot, cold, "
    "green and white, black and white"
)
COUNTS: Final = split(
    "two, three, four, five, six, several, many, a few, a couple of, a group of, a lot of, lots "
    "of, a crowd of, a pair of, a pile of, a row of, no"
)
PEOPLE: Final = split(
    "man, woman, boy, girl, child, baby, toddler, kid, person, lady, guy, teenager, family, "
    "couple, group of people, people, men, women, children, kids, boys, girls, friends, "
    "grandmother, grandfather, grandma, grandpa, mother, father, mom, dad, mum, son, daughter, "
    "brother, sister, uncle, aunt, bride, groom, bride and groom, player, football player, soccer "
    "player, dancer, singer, musician, worker, policeman, firefighter, soldier, doctor, nurse, "
    "teacher, student, chef, waiter, farmer, fisherman, cyclist, biker, skier, snowboarder, "
    "skateboarder, surfer, swimmer, diver, runner, hiker, climber, tourist, crowd, team, band, "
    "old man, old woman, dog, cat, horse, bird, puppy, kitten, black dog, brown dog, white dog, "
    "two dogs, two men, two women, two children, three people, three dogs, my wife, my husband, "
    "my son, my daughter, my dog, my cat, me, we, astronaut, clown, pirate, artist, painter, "
    "photographer"
)
ACTIVITIES: Final = split(
    "running, walking, sitting, standing, jumping, swimming, playing, sleeping, eating, drinking, "
    "cooking, dancing, singing, reading, writing, drawing, painting, talking, laughing, smiling, "
    "crying, climbing, climbing a rock, climbing a tree, climbing a mountain, hiking, camping, "
    "fishing, sailing, rowing, kayaking, surfing, skiing, snowboarding, skateboarding, sledding, "
    "ice skating, riding a bike, riding a horse, riding a motorcycle, driving a car, on a swing, "
    "on a slide, in a pool, on a trampoline, playing football, playing soccer, playing "
    "basketball, playing tennis, playing baseball, playing guitar, playing the piano, playing "
    "chess, playing cards, playing with a ball, playing in the sand, playing in the snow, playing "
    "in the water, catching a frisbee, catching a ball, throwing a ball, kicking a ball, fetching "
    "a stick, chasing a ball, shaking off water, doing a trick, doing a handstand, doing yoga, "
    "lifting weights, working, cleaning, washing dishes, gardening, shopping, taking a photo, "
    "taking a selfie, looking at the camera, looking at a phone, on the phone, watching "
    "television, opening a present, blowing out candles, cutting a cake, drinking coffee, "
    "drinking beer, eating ice cream, eating pizza, having dinner, having a picnic, getting "
    "married, hugging, kissing, holding hands, holding a baby, wearing a hat, wearing sunglasses, "
    "wearing a costume, wearing a red shirt, in a suit, in a dress, in uniform, waving, pointing, "
    "lying down, lying on the couch, lying in bed, taking a bath, brushing teeth, crossing the "
    "road, waiting for the bus, diving, falling, fighting, wrestling, boxing, flying a kite, "
    "juggling, fishing from a boat, feeding birds, walking a dog, building a sandcastle, making a "
    "snowman"
)
PLACES: Final = split(
    "at the beach, on the beach, in the sea, in the ocean, at the lake, by the river, in the "
    "park, in the garden, in the woods, in the forest, in the mountains, on a mountain, in the "
    "desert, in the snow, on the ice, in a field, in the grass, on a farm, at the zoo, in the "
    "city, in town, on the street, on the sidewalk, at the market, in a shop, in a supermarket, "
    "in a restaurant, in a cafe, in a bar, at home, in the kitchen, in the living room, in the "
    "bedroom, in the bathroom, in the office, at work, at school, in class, in church, at a "
    "museum, at the airport, at the train station, on a train, on a plane, on a boat, in a car, "
    "on a bus, on a bridge, on the roof, on the balcony, on the stairs, at a party, at a wedding, "
    "at a concert, on stage, in a stadium, at the gym, in the pool, on the playground, in the "
    "rain, at night, at sunset, at sunrise, in winter, in summer, in autumn, in spring, on "
    "holiday, at christmas, in paris, in london, in new york, in italy, in spain, in japan, under "
    "a tree, on a bench, on a rock, in the mud, in the sand, in the air, underwater, in front of "
    "a building, through the water, over a fence, down a hill, up a wall, near the water, "
    "outside, inside"
)
# What people look for that is no single dictionary noun: occasions, scenes, documents, moods.
QUERIES: Final = split(
    "birthday party, birthday cake, wedding, wedding dress, christmas, christmas tree, halloween, "
    "easter eggs, new year fireworks, graduation, anniversary, family portrait, group photo, "
    "selfie, screenshot, receipt, invoice, document, handwriting, whiteboard, map, business card, "
    "passport, id card, menu, ticket, boarding pass, qr code, bar code, meme, logo, poster, sign, "
    "street sign, graffiti, drawing, painting, sketch, cartoon, comic, text, page of a book, "
    "newspaper, close up, macro, portrait, landscape, panorama, aerial view, black and white, "
    "blurry, dark, bright, colourful, silhouette, reflection, shadow, night sky, stars, milky "
    "way, galaxy, northern lights, moon, full moon, sun, sunset, sunrise, blue sky, clouds, "
    "rainbow, lightning, storm, rain, fog, mist, snow, ice, waterfall, river, lake, ocean, waves, "
    "sea, island, coast, cliff, cave, canyon, desert, dunes, mountain, mountains, hill, valley, "
    "volcano, glacier, field, meadow, flowers, wildflowers, forest, trees, autumn leaves, cherry "
    "blossom, garden, park, farm, vineyard, city, skyline, skyscraper, street, alley, square, "
    "bridge, castle, church, cathedral, mosque, temple, ruins, statue, monument, fountain, "
    "market, shop, harbour, harbor, marina, pier, lighthouse, airport, railway station, subway, "
    "highway, traffic, parking lot, stadium, playground, amusement park, ferris wheel, roller "
    "coaster, zoo, aquarium, museum, library, school, hospital, office, hotel room, bedroom, "
    "living room, kitchen, bathroom, balcony, attic, basement, garage, workshop, swimming pool, "
    "campsite, tent, campfire, picnic, barbecue, bbq, breakfast, lunch, dinner, food, dessert, "
    "salad, soup, pasta, pizza, burger, sushi, steak, sandwich, bread, cheese, fruit, vegetables, "
    "ice cream, cake, cookies, chocolate, coffee, cup of coffee, tea, beer, wine, cocktail, dog, "
    "cat, pet, puppy, kitten, horse, cow, sheep, pig, goat, chicken, duck, bird, fish, insect, "
    "butterfly, wild animal, farm animals, dog beach, dog park, cat sofa, cat window, baby bath, "
    "kids playing, red car, old car, sports car, truck, motorbike, motorcycle, bicycle, bike, "
    "boat, sailboat, ship, ferry, train, tram, plane, airplane, helicopter, hot air balloon, "
    "rocket, rocket launch, space shuttle, astronaut, satellite, planet, telescope, microscope, "
    "computer, laptop, phone, smartphone, iphone, tablet, keyboard, screen, camera, headphones, "
    "tshirt, t-shirt, jeans, shoes, sneakers, boots, hat, cap, jacket, coat, dress, skirt, suit, "
    "tie, swimsuit, bikini, sunglasses, glasses, beard, tattoo, smile, face, hands, feet, eyes, "
    "baby, toddler, pregnant woman, grandparents, crowd, concert, live music, band, festival, "
    "parade, carnival, football match, soccer game, basketball game, tennis, baseball, golf, ski "
    "trip, skiing, surfing, diving, climbing, hiking, camping, cycling, running, marathon, yoga, "
    "gym, dancing, fishing, horse riding, road trip, vacation, holiday, summer, winter, autumn, "
    "spring, something funny, something red, water, fire, smoke, medical image, x-ray, chart, "
    "diagram, x-ray of a chest, coins, money, jewellery, jewelry, ring, necklace, watch, clock, "
    "furniture, chair, table, sofa, couch, bed, lamp, mirror, window, door, stairs, brick wall, "
    "texture, pattern, gravel, sand, stone, wood, metal, fabric, grass, leaf"
)

_STOP_WORDS: Final = frozenset(
    split(
        "a, an, the, is, are, was, were, be, of, in, on, at, to, with, and, his, her, its, their, "
        "while, as, by, for, from, this, that, there, it, he, she, they, has, have, some"
    )
)


def with_article(name: str) -> str:
    """Puts "a" or "an" before a name, going by its first letter."""
    return f"an {name}" if name[:1].lower() in "aeio" else f"a {name}"


def plural(name: str) -> str:
    """Gives the regular English plural of a name."""
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return f"{name}es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"


def fill(template: str, name: str) -> str:
    """Fills one template: `{}` the name, `{a}` with article, `{s}` in the plural."""
    return template.format(name, a=with_article(name), s=plural(name))


def tidy(caption: str) -> str:
    """Lower-cases a caption and drops the space before its punctuation and the final stop."""
    return re.sub(r"\s+([.,!?;'])", r"\1", caption.strip()).rstrip(" .").lower()


def keywords(caption: str) -> list[str]:
    """The words of a tidy caption that carry its meaning, in order."""
    return [word.strip(",.'\"") for word in caption.split() if word not in _STOP_WORDS]
