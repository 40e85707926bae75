"""The words of ``[random_phrase]``: two of them make a name that a person can say. Data only."""

from __future__ import annotations

__all__ = ["ADJECTIVES", "NOUNS"]

_ADJECTIVES = """
able acid active adept agile airy alert alpine amber ample ancient apt arctic ardent artful ashen astral atomic
auburn august autumn avid awake azure balmy bare basic beige bent big bitter black blank blazing blissful blithe
blond blue blunt bold bonny bouncy brainy brave breezy brief bright brisk broad bronze brown bubbly burly busy calm
candid canny capable careful caring casual celtic central certain chalky charming cheerful cheery chief chilly
chrome civic civil classic clean clear clever close cloudy coastal cobalt cold cool copper coral cordial cosmic
cosy crafty creamy crimson crisp crystal cubic curious curly cyan dainty dapper daring dark dashing dawning dear
decent deep deft dense desert devoted direct distant divine dotted double downy dreamy dry dual due dusky dusty
eager early earnest earthy eastern easy ebony elated elder electric elegant elfin emerald eminent endless equal
even exact exotic expert fabled fair faithful famous fancy far fast fearless feathery festive fiery final fine
firm first fit fleet floral fluent fluid flying foggy fond formal forest frank free fresh friendly frosty full
funny furry fuzzy gallant game gentle genuine giant gifted gilded glad glassy gleaming global glossy glowing
golden good graceful grand grassy grateful green grey gritty grown hale handy happy hardy hasty hazel hazy
hearty heavy helpful hidden high hollow honest hopeful humble hushed icy ideal indigo inner iron ivory jade jaunty
jazzy jolly jovial joyful jumbo just keen kind kindly kingly large lasting late lavish lazy leafy lean learned level
light likable lilac limber lime linear lithe little lively local lofty lone long loud loyal lucid lucky lunar
lush magic magnetic main major maroon marine mauve mellow merry mighty mild milky minor mint minty misty mobile
modern modest moist moonlit mossy motley muted narrow native navy neat new nifty nimble nobly noble nordic northern
novel oaken oblong oceanic odd olive open optic orange ornate outer oval pale paper pastel patient peach pearly
peppy perky pink placid plain plucky plum plush polar polished polite posh prairie precise prime prompt proper
proud prudent public pure purple quaint quick quiet quirky radiant rainy rapid rare ready real regal robust rocky
roomy rose rosy round royal ruby ruddy rugged rural russet rustic rusty sable saffron sage salty sandy sapphire satin
scarlet scenic secret sedate serene shady sharp shiny short shy silent silken silky silver simple sleek slender slim
slow small smart smiling smoky smooth snappy snowy snug sober soft solar solid sonic sorrel southern spare spicy
spirited spotted spruce spry square stable starry stately steady steel steep still stoic stormy stout straight
strong sturdy suave subtle sudden sunlit sunny super sure sweet swift tall tame tangy tawny teal tender thankful
thick thin thirsty tidal tidy timely tiny topaz tough tranquil trim tropic true trusty turbo twin ultra umber
unique upbeat upper urban useful valiant vast velvet verbal verdant vernal vibrant violet vital vivid vocal warm
wary wavy wealthy western white whole wide wild willing windy winged winter wise witty wooden woolly worthy young
zany zealous zesty zippy
"""

ADJECTIVES = tuple(_ADJECTIVES.split())
"""How something is."""

_NOUNS = """
abbey acorn agate alcove alder almond anchor antler anvil apple apricot arbor arch archer arrow ash aspen atlas
atoll aurora badger bamboo banjo barley basil basin bay beacon beaver beech bell berry birch bison blossom
bluff boat bobcat bonfire bonsai boulder bramble brass breeze briar bridge brook buffalo bugle butte button cabin
cactus camel canal candle canoe canyon cape caribou carp cascade castle cavern cedar cello chapel cheetah cherry
chestnut chime cider cinder citrus clam cliff clock cloud clover coast cobra comet compass condor copse cormorant
cottage cougar cove coyote crab crane crater creek crest cricket crocus crow crown current curlew cypress daffodil
dahlia daisy dale deer delta dew diamond dingo dolphin dove dragon drake drum duck dune eagle echo eddy eel egret
elk elm ember ermine falcon fawn feather fennel fern ferret fiddle field fig finch fir fjord flame flax flint
flute fox foxglove galaxy gale gannet garden garnet gazelle gecko geyser ginger glacier glade glen goose gorge gorse
granite grape grebe grotto grouse grove gull gust hamlet harbor hare harp harvest hawk hawthorn hazelnut heath
heather hedge helmet hemlock heron hickory hill hollyhock honey horizon hornet hyacinth ibex ibis inlet iris island
ivy jackal jackdaw jaguar jasmine jasper jay jetty juniper kayak kelp kestrel kettle kingfisher kite kiwi koala
lagoon lake lantern larch lark laurel lava lavender leaf ledge lemming lemon lemur leopard lily linden linnet
lion lizard llama lobster locket lotus lute lynx lyre macaw magnet magnolia magpie mallard mango mantis maple
marigold marlin marmot marsh marten meadow melon merlin mesa meteor mica mill mimosa mink minnow mirror mole
monsoon moon moor moose morel morning moss moth mountain mulberry myrtle narwhal nebula nectar needle newt
nightjar nova nutmeg oak oasis oat ocean ocelot octopus onyx opal orbit orchard orchid oriole osprey otter owl
oyster palm panda pansy panther papaya parrot parsley partridge pass peak peanut pear pearl pebble pelican penguin
peony pepper petal petrel pheasant pier pigeon pike pine planet plateau plover pond pony poplar poppy porcupine
prairiedog primrose puffin pulsar puma pumpkin python quail quarry quartz quasar quill quince rabbit raccoon rain
ram rapids raven ravine redwood reed reef reindeer ridge river robin rook rosemary rowan sail salmon sandpiper
satchel savanna saxophone scallop schooner sea seal sequoia shadow shark shell shore shrew signal skiff skylark
sleet sloop snipe snow sorrelwood sparrow spire spring sprout squid squirrel stag star starling steam steppe stone
stork storm strait stream summit sun surf swallow swan sycamore tamarack tamarin tangerine tapir teapot tern
thicket thimble thistle thrush thunder thyme tide tiger timber toad topiary torch toucan trail trout tulip tundra
turnip turtle twig valley vane vine viola violin viper volcano vole walnut walrus warbler waterfall wave weasel
whale wharf wheat willow wind wolf wombat wren yak yarrow yew zebra zenith zephyr zinnia
"""

NOUNS = tuple(_NOUNS.split())
"""What something is."""
